"""The simulated hashtags of languages in Latin script."""

from collector.sources.simulator.lexicon import Lexicon, listed

ENGLISH = Lexicon(
    everyday=listed(
        """breaking, music, love, news, photography, football, travel, art, now playing, weather, coffee,
        books, gaming, fashion, movies, fitness, recipes, science, nature, climate, startup, basketball,
        poetry, gardening, dogs, cats, AI, history, podcast, architecture, book club, street photography,
        small business, mental health, good vibes"""
    ),
    first=listed(
        """street, summer, winter, weekend, morning, vintage, home, city, slow, wild, urban, family, classic,
        green, local, night, ocean, mountain, indie, garden, retro, mindful, digital, hidden, rainy day,
        late night, open, sunday, handmade, little"""
    ),
    second=listed(
        """food, walk, style, stories, kitchen, art, music, reads, design, photography, travel, run, market,
        vibes, light, games, coffee, crafts, garden, movies, workout, adventure, science, poetry, baking,
        memories, playlist, challenge, sketch, thoughts, club, birds, trains, fashion, dinner, cinema,
        lessons, ride"""
    ),
    places=listed(
        """London, New York, Chicago, Toronto, Sydney, Dublin, Boston, Austin, Seattle, Manchester, Glasgow,
        Melbourne, Atlanta, Vancouver, Cape Town, Lagos, Denver, Bristol"""
    ),
    events=listed(
        """marathon, film festival, book fair, pride, storm, derby, food week, tech summit, fashion week,
        art fair, election, transit strike, comic con, beer festival, snow, heatwave, jazz nights,
        open house"""
    ),
    weekdays=listed(
        """Monday motivation, Tuesday tunes, Wednesday wisdom, throwback Thursday, Friday feeling, caturday,
        Sunday roast"""
    ),
    morning="good morning",
    night="late night thoughts",
)

SPANISH = Lexicon(
    everyday=listed(
        """fútbol, música, amor, noticias, última hora, arte, cine, viajes, fotografía, cocina, libros, poesía,
        moda, salud, humor, gatos, perros, naturaleza, historia, ciencia, teatro, series, deporte,
        baloncesto, lectura, economía, feminismo, ahora suena, frases del día, vida sana"""
    ),
    first=listed(
        """noche de, tarde de, club de, amantes de la, día de la, pasión por la, semana de la, taller de,
        rutas de, domingo de, clases de, historia de la, feria de, hablemos de, crónicas de, magia de la,
        rincón de"""
    ),
    second=listed(
        """música, cocina, lectura, poesía, fotografía, danza, montaña, playa, ciencia, radio, pintura,
        guitarra, moda, naturaleza, tierra, cerámica, literatura, ciudad, familia, bicicleta, huerta, salsa"""
    ),
    places=listed(
        """Madrid, Sevilla, Valencia, Bogotá, Buenos Aires, Lima, Quito, Santiago, Caracas, Monterrey,
        Guadalajara, Rosario, Medellín, Montevideo, Bilbao, La Paz, Zaragoza"""
    ),
    events=listed(
        """fest, en fiestas, se mueve, bajo la lluvia, de noche, gastronómica, en bici, comic con, rock,
        solidaria, runners, de película, clásico, en directo, fashion week, elecciones"""
    ),
    weekdays=listed(
        """lunes de ganas, martes de cine, miércoles de poesía, jueves de antaño, viernes por fin,
        sábado de baile, domingo de relax"""
    ),
    morning="buenos días",
    night="buenas noches",
)

PORTUGUESE = Lexicon(
    everyday=listed(
        """futebol, música, amor, notícias, arte, cinema, viagem, fotografia, receitas, livros, poesia, moda,
        saúde, humor, gatos, cachorros, natureza, história, ciência, novela, série, treino, praia, samba,
        leitura, cultura, café, educação, fé, tocando agora"""
    ),
    first=listed(
        """noite de, tarde de, clube de, amantes de, dia de, paixão por, semana de, oficina de, domingo de,
        aulas de, roda de, festival de, feira de, dicas de, conversa sobre, histórias de"""
    ),
    second=listed(
        """música, leitura, poesia, cinema, samba, fotografia, dança, ciência, bossa nova, pintura, viola,
        moda, natureza, culinária, literatura, teatro, capoeira, futebol, jogos, quadrinhos, família,
        trilhas"""
    ),
    places=listed(
        """São Paulo, Rio, Salvador, Recife, Lisboa, Porto, Curitiba, Fortaleza, Belém, Brasília, Manaus,
        Coimbra, Florianópolis, Natal, Braga, Porto Alegre"""
    ),
    events=listed(
        """em festa, fashion week, na chuva, de bike, verão, carnaval, que lê, ao vivo, de bairro, rock,
        solidário, corre, gourmet, em cena, clássico, à noite"""
    ),
    weekdays=listed(
        """segunda com energia, terça do livro, quarta de futebol, quinta do passado, sextou, sábado de sol,
        domingo em família"""
    ),
    morning="bom dia",
    night="boa noite",
)

INDONESIAN = Lexicon(
    everyday=listed(
        """musik, cinta, berita, bola, kuliner, jalan jalan, fotografi, resep masakan, buku, film, puisi, kopi,
        kucing, alam, sejarah, kesehatan, olahraga, belajar, budaya, motivasi, bulu tangkis, bisnis, gadget,
        keluarga, quotes, lagu baru, info lalu lintas, cerita hari ini"""
    ),
    first=listed(
        """wisata, resep, cerita, kelas, komunitas, festival, lomba, pasar, inspirasi, belajar, pecinta, malam,
        hari, tips, dunia, sahabat, gerakan"""
    ),
    second=listed(
        """kuliner, kopi, sehat, musik, puisi, kucing, alam, budaya, masakan, rumah, sepeda, gunung, pantai,
        buku, film, tanaman, batik, anak, keluarga, sejarah, bahasa, hemat, teh, mode"""
    ),
    places=listed(
        """Jakarta, Bandung, Surabaya, Yogyakarta, Bali, Medan, Makassar, Semarang, Malang, Lombok, Bogor,
        Padang, Solo, Palembang, Manado, Pontianak"""
    ),
    events=listed(
        """hujan, macet, festival, kuliner, marathon, hari ini, kreatif, berdendang, fair, bersepeda, malam,
        membaca, bersih, juara, pameran, guyub"""
    ),
    weekdays=listed(
        """senin semangat, selasa sehat, rabu buku, kamis manis, jumat berkah, sabtu seru, minggu keluarga"""
    ),
    morning="selamat pagi",
    night="selamat malam",
)

TURKISH = Lexicon(
    everyday=listed(
        """müzik, aşk, futbol, son dakika, kitap, sinema, seyahat, fotoğraf, yemek tarifleri, şiir, kahve,
        kediler, doğa, tarih, bilim, sağlık, moda, spor, tiyatro, eğitim, ekonomi, dizi, basketbol,
        edebiyat, hava durumu, şimdi çalıyor, günün sözü, çay keyfi"""
    ),
    first=listed(
        """yaz, kış, şehir, sokak, deniz, gece, bahar, köy, hafta sonu, kahve, kitap, doğa, sabah, aile, çocuk,
        müzik, film, yağmur, bahçe, pazar"""
    ),
    second=listed(
        """akşamı, keyfi, sohbeti, günlüğü, yürüyüşü, festivali, hikayesi, lezzetleri, manzarası, kulübü,
        zamanı, atölyesi, şenliği, molası, önerisi, fotoğrafı, turu, sofrası, oyunları, hayali"""
    ),
    places=listed(
        """İstanbul, Ankara, İzmir, Bursa, Antalya, Trabzon, Konya, Adana, Eskişehir, Gaziantep, Kadıköy,
        Mersin, Samsun, Mardin, Bodrum, Kayseri"""
    ),
    events=listed(
        """maratonu, film festivali, kitap fuarı, derbisi, yağmuru, mutfağı, trafiği, geceleri, sokakları,
        caz günleri, baharı, pazarı, konseri, bienali, rüzgarı, sahili"""
    ),
    weekdays=listed(
        """pazartesi sendromu, salı sallanır, çarşamba kitabı, perşembe nostaljisi, hayırlı cumalar,
        cumartesi keyfi, pazar kahvaltısı"""
    ),
    morning="günaydın",
    night="iyi geceler",
)

FRENCH = Lexicon(
    everyday=listed(
        """musique, amour, actualités, foot, voyage, photo, cuisine, livres, poésie, cinéma, mode, santé,
        chats, chiens, nature, histoire, sciences, théâtre, rugby, lecture, jardin, écologie, café,
        architecture, série, météo, bande dessinée, à table, vie de bureau, en ce moment"""
    ),
    first=listed(
        """soirée, atelier, balade, festival, club, semaine, passion, carnet, coin, fête, marché, nuit,
        rencontre, dimanche, idée, instant, esprit, pause, week-end"""
    ),
    second=listed(
        """musique, cinéma, lecture, cuisine, poésie, photo, jazz, nature, vélo, jardin, théâtre, fromage,
        café, danse, vintage, littérature, montagne, couture, famille, bien-être, jeux, sciences"""
    ),
    places=listed(
        """Paris, Lyon, Marseille, Lille, Bordeaux, Nantes, Toulouse, Bruxelles, Genève, Montréal, Dakar,
        Abidjan, Rennes, Strasbourg, Québec, Nice"""
    ),
    events=listed(
        """en fête, plage, sous la pluie, by night, gourmand, à vélo, en grève, en scène, marathon, solidaire,
        la nuit, fashion week, jazz, en fleurs, insolite, en direct"""
    ),
    weekdays=listed(
        """lundi motivation, mardi conseil, mercredi des enfants, jeudi photo, vendredi lecture, samedi marché,
        dimanche en famille"""
    ),
    morning="bonjour",
    night="bonne nuit",
)

GERMAN = Lexicon(
    everyday=listed(
        """Musik, Liebe, Nachrichten, Fußball, Reisen, Fotografie, Rezepte, Bücher, Lyrik, Kino, Mode,
        Gesundheit, Katzen, Hunde, Natur, Geschichte, Wissenschaft, Theater, Klima, Garten, Kaffee, Bahn,
        Wetter, Bildung, Tatort, Fahrrad, Feierabend, Podcast, Handwerk, Lesen"""
    ),
    first=listed(
        """Sommer, Winter, Herbst, Musik, Stadt, Dorf, Wald, Garten, Bücher, Kunst, Film, Straßen, Familien,
        Wochenend, Abend, Kaffee, Kinder, Berg, See, Straßenbahn, Nachbarschafts"""
    ),
    second=listed(
        """fest, liebe, glück, ausflug, wanderung, geschichten, küche, abend, freunde, tipps, markt, woche,
        gespräch, reise, zauber, laune, lauf, treffen, werkstatt, pause, bilder, duft"""
    ),
    places=listed(
        """Berlin, Hamburg, München, Köln, Leipzig, Wien, Zürich, Dresden, Stuttgart, Bremen, Graz, Basel,
        Nürnberg, Dortmund, Freiburg, Kiel"""
    ),
    events=listed(
        """Marathon, Streik, Derby, Filmtage, Buchmesse, liest, im Regen, bei Nacht, isst, Jazzfest, Stadtfest,
        Schnee, Radtour, Messe, Kunstnacht, Flohmarkt"""
    ),
    weekdays=listed(
        """Montagmorgen, Dienstagstipp, Bergfest, Donnerstagsbild, Freitagsfrage, Samstagskuchen,
        Sonntagsspaziergang"""
    ),
    morning="Guten Morgen",
    night="Gute Nacht",
    is_glued=True,
)
