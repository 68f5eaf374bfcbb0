"""What the people in the sample pages say, language by language.

In Japanese and Chinese "/" marks where a column ends. Lines run on from page to
page, so neighbouring bubbles answer each other.
"""

LINES: dict[str, tuple[str, ...]] = {
    "ja": (
        "ねえ、/聞こえる？", "波の音/じゃないよ", "誰かが/本をめくって/いるんだ", "まさか、/こんな時間に？",
        "鍵は/どこだっけ", "机の上、/いつもの所", "よし、/行こう", "待って！/灯りが消えた", "大丈夫、/すぐ慣れる",
        "この手紙…/百年前の/日付だ", "宛名は/あなたよ", "どうして/私の名前を", "急がないと/朝になる",
        "約束/したでしょう", "忘れるわけ/ないよ", "見て、/雨がやんだ", "きれい…", "帰ろう、/みんなの所へ",
        "お腹すいたね", "パンなら/焼けてるよ", "やったあ！", "それで、/次は/どこへ？", "地図の/外側へ", "うん、/行ける",
    ),
    "zh-Hant": (
        "今晚/也開市嗎？", "當然，/燈都亮了", "你看，/那條魚/在飛！", "小聲點，/會嚇到牠", "阿公說/牠會許願",
        "那你/許了什麼？", "不告訴你", "等等，/有人來了", "快，/躲到攤子後", "湯要涼了", "這是/最後一碗", "謝謝你，/老闆",
        "雨停了", "我們/往河邊走", "明天/還來嗎？", "一定來", "好！",
    ),
    "ko": (
        "버스가 안 오네.", "오늘은 무지개가 떠야 온대.", "정말? 누가 그래?", "정류장 할머니가.", "우산 같이 쓸래?", "고마워.",
        "저기 봐, 비가 그친다!", "우와…", "이 단추, 어디서 났어?", "달에서 떨어졌어.", "꿰매면 다시 빛날까?", "한번 해 보자.",
        "조금만 더.", "됐다!", "이제 집에 가자.", "내일 또 만나.",
    ),
    "en": (
        "Did you hear that?", "It's only the wind.", "The wind doesn't knock twice.", "Then who is at the door?",
        "Bring the lamp.", "I have the key. Stay close.", "Wait. The light went out.", "It always does, at nine.",
        "This letter is a hundred years old.", "And it has your name on it.", "How could they know?",
        "We promised we'd come back.", "I never forgot.", "Look! The rain has stopped.", "Quick, before the tide!",
        "You knew all along?", "I only guessed.", "Let's go home.", "Is there any soup left?", "There's always soup.",
        "So, where to next?", "Off the edge of the map.", "Ready when you are.", "Not without breakfast.",
    ),
    "de": (
        "Hörst du das Ticken?", "Es geht vor. Um genau eine Minute.", "Das ist unmöglich.", "In Ebbe ist nichts unmöglich.",
        "Wer hat die Uhr gestellt?", "Niemand. Sie stellt sich selbst.", "Gib mir die Lupe.", "Vorsicht, die Feder!",
        "Zu spät…", "Das Meer steht still!", "Dann haben wir Zeit.", "Der Meister wusste es.", "Und er schwieg?",
        "Er hatte es versprochen.", "Komm, wir ziehen sie auf.", "Bis zum Morgen.",
    ),
    "fr": (
        "Le neuf ne passe plus ici.", "Pourtant, je l'entends.", "Regarde les rails !", "Ils brillent encore…",
        "Qui conduit ?", "Il n'y a personne.", "Monte, vite !", "Et si on ne revient pas ?", "On revient toujours.",
        "Vos billets, s'il vous plaît.", "Mais c'est mon écriture !", "Prochain arrêt : hier.", "Je connais cette rue.",
        "C'est là que tout a commencé.", "Tu viens ?", "J'arrive.",
    ),
    "ru": (
        "Он опять смотрит на Луну.", "Кот? Каждую ночь.", "Может, он ждёт кого-то?", "Дай мне журнал.",
        "Здесь новая звезда!", "Её вчера не было.", "Тише, он мурлычет.", "Это не случайно.", "Запиши время.",
        "Два часа одиннадцать.", "Как в тот раз…", "Ты помнишь деда?", "Он назвал бы её Муркой.", "Чай остыл.",
        "Идём, скоро рассвет.", "Ещё минуту.",
    ),
    "ar": (
        "هل تسمعين المطر؟", "إنه يقرأ بصوت عالٍ.", "أي كتاب اليوم؟", "الكتاب الأزرق.", "لا تفتحيه بعد!", "لماذا؟",
        "انظري، الحروف تمشي.", "إلى أين تذهب؟", "إلى البحر.", "أسرعي!", "وجدت المفتاح.", "كان هنا دائماً.", "شكراً لك.", "لنعد غداً.",
    ),
}  # fmt: skip

SOUNDS: dict[str, tuple[str, ...]] = {
    "ja": ("ドン", "ザァァ", "ゴォォ", "カチッ", "バッ", "しーん"),
    "zh-Hant": ("砰", "嘩啦", "咻"),
    "ko": ("쿵", "두근", "쏴아"),
    "en": ("KRAK!", "WHOOSH", "THUMP", "CLICK", "FWOOM"),
    "de": ("TICK", "KLACK", "RUMS!"),
    "fr": ("DING", "CLAC !", "VROUM"),
    "ru": ("БАХ!", "ШУХ", "МЯУ"),
    "ar": ("طق", "بوم"),
}
