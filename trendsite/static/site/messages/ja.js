// Made by `make messages` of trendsite/locale/ja/LC_MESSAGES/django.po.
export const plural = (n) => Number(0);
export const messages = {
"Copied": "コピーしました",
"No posts came from {start} to {end}. This is the ranking before.": "{start}～{end}は投稿が届きませんでした。これはその前の順位です。",
"Nothing was collected before {time}.": "{time}より前は何も収集されていません。",
"Pause": "一時停止",
"Play": "再生",
"The end": "終わり",
"The ranking at {time} is unknown.": "{time}の順位は不明です。",
"The replay could not be loaded. The site may be away.": "再生データを読み込めませんでした。サイトが応答していない可能性があります。",
"Top hashtags at {time} UTC": "{time} UTC時点の上位ハッシュタグ",
"first is #{hashtag}": "1位は #{hashtag}",
"no known ranking": "順位は不明",
"{count} post": [
"{count}件の投稿"
]
};
