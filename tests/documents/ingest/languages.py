# ruff: noqa: RUF001 - letters of other scripts are what this file is about
"""A few sentences in many languages, as people wrote them before Unicode."""

from __future__ import annotations

JAPANESE = (
    "今朝は駅前の喫茶店で友人と会い、来月の旅行について話し合いました。\n"
    "天気が良ければ海まで歩いて、夕方には小さな宿に泊まるつもりです。"
    "カメラとノートを忘れないようにしてください。"
)
CHINESE = (
    "今天下午三点我们在图书馆开会,讨论明年的研究计划。\n"
    "请大家提前阅读附件中的材料,并准备好自己的意见。如果不能参加,请发邮件通知我。"
)
TAIWANESE = (
    "今天下午三點我們在圖書館開會,討論明年的研究計畫。\n"
    "請大家提前閱讀附件中的資料,並準備好自己的意見。如果不能參加,請寄信通知我。"
)
KOREAN = (
    "오늘 오후 세 시에 도서관에서 회의가 있습니다.\n"
    "모두 첨부된 자료를 미리 읽고 의견을 준비해 주시기 바랍니다. 참석하지 못하면 알려 주세요."
)
RUSSIAN = (
    "Сегодня в три часа дня мы встречаемся в библиотеке, чтобы обсудить план работы.\n"
    "Пожалуйста, прочитайте материалы заранее и подготовьте свои замечания."
)
UKRAINIAN = (
    "Сьогодні о третій годині ми зустрічаємося в бібліотеці, щоб обговорити план роботи.\n"
    "Будь ласка, прочитайте матеріали заздалегідь і підготуйте свої зауваження."
)
GREEK = (
    "Σήμερα το απόγευμα θα συναντηθούμε στη βιβλιοθήκη για να συζητήσουμε το σχέδιο.\n"
    "Παρακαλώ διαβάστε το υλικό από πριν και ετοιμάστε τις παρατηρήσεις σας."
)
HEBREW = "היום בשעה שלוש אנחנו נפגשים בספרייה כדי לדון בתוכנית העבודה. נא לקרוא את החומר מראש."
ARABIC = "نلتقي اليوم في الساعة الثالثة في المكتبة لمناقشة خطة العمل. يرجى قراءة المواد مسبقاً."
THAI = "วันนี้เวลาบ่ายสามโมงเราจะประชุมกันที่ห้องสมุดเพื่อหารือเรื่องแผนงานของปีหน้า"
TURKISH = (
    "Bugün saat üçte kütüphanede buluşup gelecek yılın çalışma planını konuşacağız.\n"
    "Lütfen ekteki yazıları önceden okuyun, görüşlerinizi hazırlayın; ışığı açık bırakmayın."
)
FRENCH = (
    "Cet après-midi, nous nous réunissons à la bibliothèque pour préparer l’année prochaine.\n"
    "Veuillez lire les documents à l’avance ; le café coûte 2 €, le thé est offert."
)
GERMAN = (
    "Heute Nachmittag treffen wir uns in der Bücherei, um über das nächste Jahr zu sprechen.\n"
    "Bitte lest die Unterlagen vorher; Äpfel, Öl und süßes Gebäck gibt es draußen."
)
CZECH = (
    "Dnes odpoledne se sejdeme v knihovně, abychom probrali plán práce na příští rok.\n"
    "Prosím, přečtěte si podklady předem a připravte si své připomínky; děkuji, těším se."
)
POLISH = (
    "Dziś po południu spotykamy się w bibliotece, żeby omówić plan pracy na przyszły rok.\n"
    "Proszę wcześniej przeczytać materiały i przygotować swoje uwagi; będą też świeże pączki."
)
HUNGARIAN = (
    "Ma délután három órakor találkozunk a könyvtárban, hogy megbeszéljük a jövő évi tervet.\n"
    "Kérem, előre olvassák el az anyagot, és készüljenek észrevételekkel; lesz frissen sült sütő."
)
ROMANIAN = "Astăzi după-amiază ne întâlnim la bibliotecă; vă rugăm să citiţi şi să veniţi."
CROATIAN = "Danas se sastajemo u knjižnici; čišćenje je sutra, a đaci dolaze prije podne."
ICELANDIC = "Í dag er fallegt veður og við förum í sund með börnunum. Það er gott að vera hér."
SWEDISH = "I eftermiddag möts vi på biblioteket för att tala om nästa år; åh, vilken dag!"
PORTUGUESE = "O João não está cá, mas amanhã já estará em casa com a mãe; é só até lá."
LATVIAN = "Šodien mēs tiekamies bibliotēkā, lai apspriestu nākamā gada plānu."
LITHUANIAN = "Šiandien vakare mes einame į biblioteką, kad aptartume kitų metų planą."

# Each text with the codec that it is written in and the name that the encoding goes by.
WRITTEN = [
    (JAPANESE, "cp932", "shift_jis"),
    (JAPANESE, "euc_jp", "euc-jp"),
    (JAPANESE, "iso2022_jp", "iso-2022-jp"),
    (CHINESE, "gb18030", "gb18030"),
    (TAIWANESE, "big5", "big5"),
    (KOREAN, "cp949", "euc-kr"),
    (RUSSIAN, "koi8_r", "koi8-r"),
    (RUSSIAN, "cp1251", "windows-1251"),
    (RUSSIAN, "cp866", "ibm866"),
    (RUSSIAN, "iso8859_5", "iso-8859-5"),
    (UKRAINIAN, "koi8_u", "koi8-u"),
    (UKRAINIAN, "cp1251", "windows-1251"),
    (GREEK, "cp1253", "windows-1253"),
    (HEBREW, "cp1255", "windows-1255"),
    (ARABIC, "cp1256", "windows-1256"),
    (THAI, "cp874", "windows-874"),
    (TURKISH, "cp1254", "windows-1254"),
    (FRENCH, "cp1252", "windows-1252"),
    (GERMAN, "latin_1", "windows-1252"),
    (CZECH, "cp1250", "windows-1250"),
    (CZECH, "iso8859_2", "iso-8859-2"),
    (POLISH, "cp1250", "windows-1250"),
    (POLISH, "iso8859_2", "iso-8859-2"),
    (HUNGARIAN, "cp1250", "windows-1250"),
    (ROMANIAN, "cp1250", "windows-1250"),
    (CROATIAN, "cp1250", "windows-1250"),
    (ICELANDIC, "latin_1", "windows-1252"),
    (SWEDISH, "latin_1", "windows-1252"),
    (PORTUGUESE, "latin_1", "windows-1252"),
    (LATVIAN, "cp1257", "windows-1257"),
    (LITHUANIAN, "cp1257", "windows-1257"),
    (RUSSIAN, "utf_16_le", "utf-16le"),
    (CHINESE, "utf_16_be", "utf-16be"),
    (FRENCH, "utf_32_le", "utf-32le"),
]

VIETNAMESE = (
    (  # As windows-1258 has it: the tones are characters of their own.
        "Chiê\u0300u nay chu\u0301ng ta go\u0323\u0302p nhau \u01a1\u0309 thu\u031b viê\u0323n "
        "đê\u0309 ba\u0300n kê\u0301 hoa\u0323ch năm sau."
    )
    .replace("o\u0323\u0302", "ă\u0323")
    .replace("u\u031b", "ư")
)
WRITTEN.append((VIETNAMESE, "cp1258", "windows-1258"))

# A name, a city and a word as forms, logs and tables have them; with a short line of prose.
WORDS = {
    "japanese": ("山田太郎", "東京都", "税込", "会議は明日の午後です。", "cp932 euc_jp iso2022_jp"),
    "simplified": ("王小明", "北京市", "已付款", "会议改到明天下午。", "gb18030"),
    "traditional": ("陳怡君", "臺北市", "已付款", "會議改到明天下午。", "big5"),
    "korean": ("김민수", "서울특별시", "결제 완료", "회의는 내일 오후입니다.", "cp949 euc_kr"),
    "russian": ("Иван Петров", "Москва", "оплачено", "Встреча завтра днём.", "cp1251 koi8_r"),
    "greek": ("Γιώργος Παππάς", "Αθήνα", "πληρώθηκε", "Η συνάντηση είναι αύριο.", "cp1253"),
    "turkish": ("Ayşe Yıldız", "İstanbul", "ödendi", "Toplantı yarın öğleden sonra.", "cp1254"),
    "hebrew": ("דוד כהן", "ירושלים", "שולם במזומן", "הפגישה תתקיים מחר בצהריים.", "cp1255"),
    "arabic": ("محمد العلي", "القاهرة", "تم الدفع", "الاجتماع غداً بعد الظهر.", "cp1256"),
    "thai": ("สมชาย ใจดี", "กรุงเทพ", "ชำระแล้ว", "ประชุมพรุ่งนี้ตอนบ่าย", "cp874"),
    "vietnamese": (
        "Nguyê\u0303n Văn Hu\u0300ng",
        "Ha\u0300 Nô\u0323i",
        "đa\u0303 tra\u0309",
        "Cuô\u0323c ho\u0323p va\u0300o nga\u0300y mai.",
        "cp1258",
    ),
    "polish": (
        "Łukasz Wiśniewski",
        "Łódź",
        "zapłacono",
        "Spotkanie przełożono na sobotę.",
        "cp1250",
    ),
    "western": ("François Müller", "Besançon", "payé", "La réunion est déjà annulée.", "cp1252"),
}


def form(name: str, city: str, word: str) -> str:
    """Return a form that is nearly all ASCII."""
    return f"Report 2024: total = 12,345 ({word})\nName: {name}\nCity: {city}\n"


def table(name: str, city: str, word: str) -> str:
    """Return a few lines of CSV."""
    return f"id,name,city,state\r\n1,{name},{city},{word}\r\n2,John Smith,London,paid\r\n"


def log(name: str, city: str, word: str) -> str:
    """Return what a program logs."""
    return f"2024-05-01 12:00:01 INFO user={name}\n2024-05-01 12:00:07 WARN {word}, {city}\n"
