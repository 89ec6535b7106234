// Made by `make messages` of trendsite/locale/ja/LC_MESSAGES/django.po.
export const plural = (n) => Number(0);
export const messages = {
"%(number)s recording": [
"%(number)s件の記録"
],
"All networks": "すべてのネットワーク",
"At least one must stay tracked": "少なくとも1つは追跡が必要です",
"Compared with the hour before: no earlier day is known yet.": [
"直前の%(count)s時間と比較。過去の日はまだありません。"
],
"Compared with the same time of {count} earlier day.": [
"過去{count}日の同じ時刻と比較。"
],
"Compared with the {hours} h before and the same time of {count} earlier day.": [
"直前の{hours}時間、および過去{count}日の同じ時刻と比較。"
],
"Copied": "コピーしました",
"Demo": "デモ",
"Full screen": "全画面表示",
"Hashtags compared": "ハッシュタグの比較",
"Leave full screen": "全画面表示を終了",
"New, {count} post in the last hour": [
"新規、過去1時間に{count}件の投稿"
],
"No answer: the site cannot be reached.": "応答なし：サイトに接続できません。",
"No posts came from {start} to {end}. This is the ranking before.": "{start}～{end}は投稿が届きませんでした。これはその前の順位です。",
"None so far": "今のところなし",
"Not here": "ここにはありません",
"Nothing was collected before {time}.": "{time}より前は何も収集されていません。",
"Pause": "一時停止",
"Play": "再生",
"Posts arrive, but the counts stand still.": "投稿は届いていますが、集計が止まっています。",
"Redis is away. The site keeps trying to reach it.": "Redisが応答しません。再接続を試みています。",
"Replay": "再生",
"Replayed as if now": "現在のものとして再生",
"Rising hashtags": "急上昇のハッシュタグ",
"Rising hashtags on {day}": "{day}の急上昇ハッシュタグ",
"Rising needs an hour of posts to compare with: these languages have none yet.": "急上昇には比較のため1時間分の投稿が必要ですが、これらの言語にはまだありません。",
"Rising works from {time} UTC on: it needs an hour of posts to compare with.": "急上昇は{time} UTCから表示されます。比較に1時間分の投稿が必要です。",
"Show all networks": "すべてのネットワークを表示",
"Simulated": "シミュレーション",
"Streaming does not report yet: it takes about 20 seconds to start.": "集計プロセスからまだ報告がありません。起動に約20秒かかります。",
"Streaming is counting the first posts.": "最初の投稿を集計しています。",
"The collector does not report: it is starting or stopped.": "収集プロセスから報告がありません。起動中か停止中です。",
"The collector is blocked: %(detail)s": "収集プロセスはブロックされています：%(detail)s",
"The collector is connecting: %(detail)s": "収集プロセスは接続中です：%(detail)s",
"The counts are {age} behind the posts.": "集計は投稿より{age}遅れています。",
"The end": "終わり",
"The ranking at {time} is unknown.": "{time}の順位は不明です。",
"The replay could not be loaded. The site may be away.": "再生データを読み込めませんでした。サイトが応答していない可能性があります。",
"The replay has ended, and none of its posts counts: %(detail)s.": "再生は終了し、集計対象の投稿はありませんでした：%(detail)s。",
"This is the ranking at {time}.": "これは{time}時点の順位です。",
"Top hashtags": "上位ハッシュタグ",
"Top hashtags at {time} UTC": "{time} UTC時点の上位ハッシュタグ",
"Top hashtags of the last hour": "過去1時間の上位ハッシュタグ",
"Top hashtags of the latest hour on {day}": "{day}の最新1時間の上位ハッシュタグ",
"Top hashtags on {day}": "{day}の上位ハッシュタグ",
"Top hashtags today": "今日の上位ハッシュタグ",
"Waiting for posts": "投稿を待っています",
"Weekly habits are not known yet.": "週ごとの傾向はまだ分かりません。",
"about {count} author": [
"投稿者 約{count}人"
],
"behind": "遅れ",
"blocked: %(reason)s": "ブロック中：%(reason)s",
"coming back": "復旧中",
"connecting": "接続中",
"cut off since {time} UTC, retrying": "{time} UTCから切断、再試行中",
"dated far ahead of all others": "日時がほかより大きく先行",
"down {places}": "{places}下降",
"ended": "終了",
"few authors": "投稿者が少ない",
"first is #{hashtag}": "1位は #{hashtag}",
"in a language that is not tracked": "対象外の言語",
"invented %(network)s posts": "%(network)s の架空の投稿",
"late: of a day that is closed": "遅着：締め切られた日のもの",
"live": "ライブ",
"new": "新規",
"new at {time}, {count} post in the last hour": [
"{time}に新規、過去1時間に{count}件の投稿"
],
"no known ranking": "順位は不明",
"not known yet": "まだ不明",
"not readable": "読み取り不能",
"not reporting": "報告なし",
"not up to date since {time} UTC": "{time} UTCから更新なし",
"refused: {reason}; trying again": "拒否：{reason}（再試行中）",
"replay has ended": "再生終了",
"replay of %(recording)s": "%(recording)s の再生",
"replay of %(recording)s, as if it were now": "%(recording)s の再生（現在のものとして）",
"replaying": "再生中",
"seen before": "既出",
"simulated posts": "シミュレーションの投稿",
"since {time}": "{time}から",
"too long": "長すぎる",
"under 1 %": "1%未満",
"up {places}": "{places}上昇",
"waiting for posts": "投稿待ち",
"waiting for the first counts": "最初の集計を待っています",
"written long before they were sent": "送信よりずっと前に書かれたもの",
"{count} post": [
"{count}件の投稿"
],
"{minutes} min": "{minutes}分",
"{networks} does not run here.": [
"{networks} はここでは動いていません。"
],
"{seconds} s": "{seconds}秒",
"{share} %": "{share}%",
"{status} in {ms} ms, {bytes} bytes": "{status}（{ms} ms、{bytes}バイト）",
"{status}, the first {bytes} bytes in {ms} ms": "{status}（{ms} ms、先頭{bytes}バイト）",
"{times}× usual at {time}, {count} post in the last hour": [
"{time}に普段の{times}倍、過去1時間に{count}件の投稿"
],
"{times}× usual, {count} post in the last hour": [
"普段の{times}倍、過去1時間に{count}件の投稿"
],
"{tracked} of {number} tracked": "{number}言語中{tracked}言語を追跡中"
};
