"""The words by which posts of each language are looked for on X unless somebody chose others.

They are frequent, and not bound to one topic. The 30 largest languages of X have words of their own here.
"""

_X_CODES = (
    "am ar bg bn bo bs ca ckb cs cy da de dv el en es et eu fa fi fr gu he hi hr ht hu hy id is it ja "
    "ka km kn ko lo lt lv ml mr my ne nl no or pa pl ps pt ro ru sd si sk sl sr sv ta te th tl tr ug "
    "uk ur vi zh"
)
X_LANGUAGES = frozenset(_X_CODES.split())
"""The languages that X tells apart, as our own codes."""

INTERNATIONAL_TERMS = ("news", "music", "video", "live", "photo", "art", "football", "breaking", "love", "new")

TERMS = {
    language: tuple(words.split())
    for language, words in {
        "ar": "اليوم الآن الله الحب صباح مساء خبر عاجل العالم حياة جديد فيديو صورة كرة",
        "bg": "днес новини живот любов време свят музика снимка видео утре",
        "bn": "আজ খবর জীবন ভালোবাসা মানুষ দেশ নতুন সময় ছবি গান",
        "ca": "avui notícies vida amor temps món música foto vídeo bon",
        "cs": "dnes zprávy život láska čas svět hudba foto video dobrý",
        "da": "nyheder liv kærlighed verden musik billede morgen dag tid god",
        "de": "heute neu Leben Liebe Zeit Welt Musik Bild Morgen gut Nachrichten Danke",
        "el": "σήμερα νέα ζωή αγάπη κόσμος μουσική φωτογραφία χρόνος καλημέρα",
        "en": "today new news love life time day world music video photo people live good best thanks",
        "es": "hoy nuevo noticias amor vida tiempo día mundo música video foto gente gracias buenos",
        "fa": "امروز خبر زندگی عشق جهان موسیقی عکس ویدیو مردم ایران",
        "fi": "tänään uutiset elämä rakkaus maailma musiikki kuva aika hyvää",
        "fr": "nouveau vie amour temps jour monde musique photo merci bonjour actualité soir",
        "he": "היום חדשות חיים אהבה עולם מוזיקה תמונה זמן בוקר",
        "hi": "आज खबर जीवन प्यार समय दिन दुनिया संगीत लोग भारत नया",
        "hu": "ma hírek élet szerelem világ zene kép idő jó",
        "id": "hari baru berita cinta hidup waktu dunia musik foto orang terima selamat",
        "it": "oggi nuovo notizie amore vita tempo giorno mondo musica foto grazie buongiorno",
        "ja": "今日 ニュース 写真 動画 音楽 おはよう ありがとう 新しい 好き 楽しい 配信",
        "ko": "오늘 뉴스 사랑 사진 영상 음악 사람 시간 새로운 감사",
        "mr": "आज बातमी जीवन प्रेम वेळ जग संगीत महाराष्ट्र",
        "nl": "vandaag nieuws leven liefde tijd dag wereld muziek foto goed",
        "no": "nyheter liv kjærlighet verden musikk bilde dag tid god",
        "pl": "dzisiaj nowy wiadomości miłość życie czas dzień świat muzyka zdjęcie",
        "pt": "hoje novo notícias amor vida tempo dia mundo música foto gente obrigado bom",
        "ro": "astăzi nou știri dragoste viață timp zi lume muzică",
        "ru": "сегодня новости любовь жизнь время день мир музыка фото люди спасибо",
        "sv": "idag nyheter liv kärlek tid dag värld musik bild tack",
        "ta": "இன்று செய்தி வாழ்க்கை காதல் நேரம் உலகம் இசை தமிழ்",
        "te": "ఈరోజు వార్తలు జీవితం ప్రేమ ప్రపంచం సంగీతం",
        "th": "วันนี้ ข่าว รัก ชีวิต เวลา โลก เพลง ใหม่ สวัสดี",
        "tl": "ngayon balita buhay araw mundo musika salamat bago",
        "tr": "bugün yeni haber aşk hayat zaman gün dünya müzik fotoğraf merhaba",
        "uk": "сьогодні новини любов життя час день світ музика фото дякую",
        "ur": "آج خبر زندگی محبت وقت دنیا پاکستان نیا",
        "vi": "tin sống yêu ngày nhạc ảnh mới",
        "zh": "今天 新闻 新聞 生活 爱 世界 音乐 照片 中国 台灣 時間",
    }.items()
}
