"""The words by which people say that they decide, in the languages that the parser reads; folded as answers are.

A word that is missing here costs a score that could have been read; a word too many costs a wrong one. So what is
doubtful is left out.
"""

from __future__ import annotations

from typing import Final

from common.scoring.fold import fold


def _words(*texts: str) -> frozenset[str]:
    return frozenset(fold(" ".join(texts)).split())


#: Nouns for what somebody decided: "my answer is".
NOUNS: Final = _words(
    "option course alternative answer choice judgment judgement verdict decision rating score vote pick position stance conclusion response",
    "selection recommendation opinion view assessment evaluation grade preference call ruling determination mark",
    "antwort wahl entscheidung bewertung urteil fazit einschätzung empfehlung votum punktzahl note schlussfolgerung",
    "einschaetzung wertung standpunkt haltung endurteil endbewertung gesamtbewertung gesamturteil",
    "réponse choix jugement décision évaluation avis conclusion recommandation préférence verdict appréciation",
    "respuesta elección decisión juicio evaluación puntuación calificación conclusión opinión veredicto opción voto",
    "postura valoración recomendación puntaje",
    "risposta scelta decisione giudizio valutazione punteggio conclusione opinione voto verdetto",
    "resposta escolha decisão julgamento avaliação pontuação conclusão opinião veredito nota classificação",
    "antwoord keuze oordeel beslissing beoordeling conclusie mening",
    "odpowiedź wybór decyzja ocena werdykt wniosek opinia",
    "ответ выбор решение оценка вердикт вывод мнение позиция балл відповідь вибір рішення оцінка",
    "إجابتي اجابتي جوابي اختياري قراري تقييمي حكمي رأيي رايي الاجابه الجواب الاختيار القرار التقييم الحكم",
    "उत्तर जवाब निर्णय फैसला चुनाव रेटिंग मूल्यांकन राय विकल्प",
    "cevabım cevap yanıtım yanıt kararım karar seçimim seçim puanım puan değerlendirmem",
    "cevabim yanitim yanit kararim seçimim puanim değerlendirmem seçim",
    "תשובתי התשובה בחירתי החלטתי דירוג",
    "svar val beslut bedömning",
)
#: What makes such a noun the writer's own.
OWN: Final = _words(
    "richtige beste my our final overall the mein meine meinem meiner unsere das die der endgültige endgültiges finale abschließende",
    "abschliessende ma mon notre la le l finale mi mis nuestra nuestro el final mia mio il lo nostra minha meu nossa",
    "definitieve mijn het de moja mój moje ostateczna мой моя моё мое итоговая итоговый окончательный окончательная моя",
    "моя мій मेरा मेरी अंतिम benim son nihai sonuç min mitt slutgiltiga best right correct",
)
#: Words that may stand between the owner and the noun, or between the noun and what follows it.
LINKING: Final = _words(
    "short simple brief honest personal considered overall final own initial ultimate actual moral ethical single best right correct own",
    "here on to this that question for scenario case the dilemma in of situation policy statement action proposal",
    "endgültige finale persönliche auf zu dieser diese dieses frage für hier den fall in diesem",
    "finale personnelle à cette question pour ce cas définitive sur",
    "final personal a esta pregunta para este caso definitiva en",
    "finale personale questa domanda per questo caso definitiva",
    "resposta essa esta pergunta pessoal neste",
    "на этот вопрос итоговый окончательный личный",
    "النهائيه النهائي على هذا السؤال अंतिम इस प्रश्न का",
)
#: What makes it somebody else's.
OTHERS: Final = _words(
    "his her their your its s whose user users author committee critics someone people their seine ihre ihr sein",
    "son sa ses leur leurs su sus suo sua loro seu sua их его ее её previous earlier first last wrong incorrect",
    "opposite other another typical common popular standard conventional usual average sample example possible",
    "initial original tentative provisional default expected user's",
)
COPULAS: Final = _words(
    "is s be am are remains stands goes ist lautet wäre bleibt waere est serait reste es sería seria è sarebbe é jest byłaby",
    "это будет є هي هو है hai är would",
)
#: "I choose", "ich wähle": these need their subject.
CHOOSING: Final = _words(
    "choose choosing pick select vote go going opt answer recommend favor favour prefer judge conclude decide settle",
    "land landing place decided settled chosen assign rate give giving lean leaning leans side endorse respond submit put call say",
    "choosing picking selecting voting opting",
    "wähle waehle nehme stimme entscheide gebe bewerte vergebe bevorzuge plädiere tendiere neige empfehle antworte sage",
    "choisis choisirais voterais vote opte donne donnerais préfère penche recommande dirais évalue note réponds attribue",
    "choisirai",
    "elijo elegiría elegiré escojo voto opto doy daría prefiero recomiendo diría califico selecciono escogería",
    "scelgo sceglierei voto opto darei do preferisco consiglio direi seleziono assegno valuto",
    "escolho escolheria voto opto dou daria prefiro recomendo diria seleciono avalio",
    "kies zou geef stem",
    "wybieram głosuję daję oceniam",
    "выбираю выбрал выбрала голосую ставлю оцениваю предпочитаю рекомендую обираю",
    "اختار اخترت اصوت افضل امنح اعطي",
    "चुनता चुनती देता",
    "väljer röstar",
)
#: Between a copula's parts, and before a label.
FILLERS: Final = (
    _words(
        "the a an to with for of as at that just simply clearly definitely certainly therefore thus option number no",
        "probably most likely honestly ultimately still also only would have has be must will got in favor favour",
        "on upon exactly precisely toward towards myself clear firm definite solid resounding simple between be grade score rating level points answer choice label category statement response position following now",
        "die der das dem den eine einen ein einer für mich mit als auf klar eindeutig daher also option nummer wohl",
        "zu variante möglichkeit stufe kategorie",
        "la le les l un une pour de avec que donc clairement",
        "el la los un una por que opción con claramente como de",
        "il lo un una l per opzione con come l di",
        "o a um uma por opção pela pelo como com",
        "voor optie de het een met",
        "opcję za na opcja",
        "за вариант на что опцию балл оценку",
        "ال الخيار ان على हूँ विकल्प को",
        "seçenek seçeneği",
    )
    - {"no"}
    - CHOOSING
    - NOUNS
)
SEPARATORS: Final = frozenset((":", "=", "->", "-", "\u2014", "|"))

SUBJECTS: Final = _words("i we ich je j yo io eu ik ja я أنا انا मैं ben jag wir nous we אני wij nosotros noi")
#: Adjectives and participles follow these: "I am neutral", "estoy de acuerdo".
BEING: Final = _words("am m suis bin estoy soy sono estou sou ben jestem som")
#: What may stand between the subject and its verb.
AUXILIARIES: Final = _words(
    "d ll ve would will do must remain stay should shall have had to need going feel think believe am m say lean find myself",
    "würde werde möchte muss will mich mir hier also daher",
    "vais voudrais dois me ai le lui leur",
    "me voy a he debo",
    "mi devo vado ho",
    "vou me devo",
    "zou ga wil moet mij",
    "бы буду хочу должен должна это",
    "سوف",
)
ADVERBS: Final = _words(
    "therefore thus still also personally ultimately rather just then hence generally most likely probably definitely",
    "here now so always really truly certainly absolutely clearly simply honestly firmly instead very much inclined too",
    "daher also deshalb eher persönlich letztlich dennoch trotzdem klar eindeutig hier nun jetzt ganz somit",
    "donc plutôt personnellement finalement clairement en revanche",
    "por tanto entonces personalmente finalmente claramente así",
    "quindi personalmente infine chiaramente allora",
    "portanto pessoalmente finalmente claramente então",
    "dus persoonlijk uiteindelijk",
    "поэтому лично всё же все таки однозначно скорее",
    "لذلك شخصيا इसलिए व्यक्तिगत रूप से",
)
#: Verbs whose form says who speaks.
CHOOSING_ALONE: Final = _words(
    "elijo elegiría elegiré escojo opto doy daría prefiero recomiendo selecciono escogería califico",
    "scelgo sceglierei darei preferisco direi seleziono assegno",
    "escolho escolheria dou prefiro recomendo seleciono",
    "wybieram głosuję daję oceniam",
    "выбираю голосую ставлю оцениваю предпочитаю",
    "اختار اخترت اصوت",
)
#: After these an object may stand before a number: "I rate this action 4".
RATING: Final = _words(
    "rate score give assign put place judge call rank bewerte gebe vergebe évalue note donne attribue califico doy assegno valuto do avalio",
    "dou оцениваю ставлю oceniam daję",
)
#: At the end of a German, Dutch or Hindi sentence: "ich würde B wählen".
CLOSING_VERBS: Final = _words(
    "wählen waehlen entscheiden nehmen sagen geben bevorzugen vergeben stimmen empfehlen aussprechen antworten plädieren bewerten beurteilen einstufen",
    "kiezen stemmen चुनता चुनती चुनूंगा चुनूँगा चुनूंगी है हूँ हूं seçiyorum veriyorum",
)

NEGATIONS: Final = _words(
    "not t never no neither nor cannot cant without hardly barely scarcely rarely seldom nobody none nothing refuse",
    "decline dont wont wouldnt couldnt isnt unable impossible deny avoid reject against wrong nowhere doubt unlikely",
    "nicht kein keine keinen keinem keiner nie niemals weder ohne kaum lehne",
    "ne n pas jamais ni aucun aucune sans guère",
    "no nunca ni tampoco jamás sin ningún ninguna",
    "non né mai senza nessun nessuna",
    "não nunca nem jamais sem nenhum nenhuma",
    "niet geen nooit zonder noch",
    "nie ani nigdy bez",
    "не ни нет никогда без ні нельзя",
    "لا لن ليس لست لم غير ليست",
    "नहीं न मत नही",
    "değil hayır yok",
    "לא אין",
    "inte aldrig",
)
#: Words by which a sentence speaks of what might be, was, or others would decide.
UNREAL: Final = _words(
    "could might may can initially originally instinct tempted previously theory principle normally usually typically",
    "once used formerly glance sight blush impulse intuition pretend assume assuming whether if unless when were until suppose supposing imagine hypothetically perhaps maybe",
    "wherever whenever where possibly arguably either defensible conceivable plausible tempting",
    "könnte könnten vielleicht ursprünglich zunächst anfangs normalerweise theoretisch ob wenn falls sofern eventuell",
    "pourrais pourrait peut initialement théorie normalement si d'abord peut-être",
    "podría podrían quizás quizá inicialmente teoría normalmente si tal vez",
    "potrei potrebbe forse inizialmente teoria normalmente se",
    "poderia talvez inicialmente teoria normalmente se",
    "misschien zou als indien kunnen",
    "może mógłbym początkowo teoretycznie jeśli gdyby",
    "мог могла можно возможно сначала теоретически обычно если ли",
    "ربما قد اذا لو यदि अगर शायद eğer belki",
)
ATTRIBUTIONS: Final = _words(
    "some many others people critics proponents opponents supporters they he she someone anyone everyone experts",
    "utilitarian utilitarians kantian kantians philosophers scholars majority most reviewers friends says said argue",
    "argues argued claim claims claimed you your asked author user option-a",
    "manche viele andere leute kritiker befürworter gegner sie er man jemand experten",
    "certains beaucoup autres gens critiques ils elles elle",
    "algunos muchos otros gente críticos ellos ellas él alguien",
    "alcuni molti altri gente critici loro qualcuno",
    "alguns muitos outros pessoas críticos eles elas ele alguém",
    "sommigen veel anderen mensen zij hij",
    "niektórzy wielu inni ludzie oni",
    "некоторые многие другие люди критики они он она кто",
    "البعض الكثيرون الناس هم कुछ कई लोग वे bazıları birçok insanlar",
) - _words("most")
SUBORDINATING: Final = _words(
    "although while though whereas despite granted admittedly unlike obwohl während bien aunque mientras sebbene mentre",
    "embora enquanto hoewel terwijl хотя choć quamvis",
)
CONDITIONS: Final = _words(
    "if wherever whenever unless provided providing assuming depending depends only until when wenn falls sofern nur si sauf sólo salvo se",
    "if eğer если jeśli اذا लेकिन अगर यदि als mits",
) - _words("लेकिन")
#: Clauses that begin with one of these give reasons; a condition within them binds nothing.
REASONS: Final = _words(
    "because since given considering weil da denn parce car puisque porque ya perché poiché pois porque omdat want bo",
    "ponieważ потому так لان क्योंकि çünkü for as",
)
#: What may follow a label that was decided on.
FOLLOWING: Final = REASONS | _words(
    "overall altogether though personally ultimately over rather instead about regarding concerning here in on with but although though even while so due from based to by despite when via not",
    "without under aus hier in bei mit aber obwohl auch statt anstatt vor à ici dans avec mais plutôt malgré pour en aquí",
    "con pero aunque sobre antes in qui con ma anche invece aqui com mas embora em z ale в с но здесь хотя hier met maar",
    "out على في لكن yani",
)
#: What begins a clause that is the object of another: "I think that", "ich glaube, dass".
COMPLEMENTS: Final = _words("that dass daß que qu che что dat że щоб что कि ان")
#: What such a clause may depend on without becoming anything but a decision.
HOLDING: Final = _words(
    "think thinks believe conclude say feel convinced sure certain clear sorry decided decide answer judge maintain hold",
    "afraid confident mean means find view opinion conclusion position judgment verdict seems appears admit confess state describe summarize summarise characterize express put sum",
    "glaube denke finde meine überzeugt sage schließe pense crois conclus trouve dis estime creo pienso digo considero",
    "credo penso dico ritengo acho acredito digo denk vind geloof myślę uważam sądzę думаю считаю полагаю скажу मानता सोचता",
    "اعتقد اري اظن",
)
#: A verb before its subject asks, or supposes.
INVERTING: Final = _words(
    "should do did does would will could can had were am must say suppose imagine pretend assume let soll sollte würde"
    " kann werde dois puis debo puedo devo posso should"
)
#: Between things of which none is chosen alone.
COORDINATORS: Final = _words(
    "or and nor versus vs oder und bzw ou et y o e и или або oraz lub i of en و او या और ve veya eller"
)
#: Words after which comes what was not chosen.
INSTEAD_OF: Final = _words(
    "over than not versus vs against instead nicht statt anstatt als plutôt que pas sobre no antes non piuttosto não",
    "rather а не niet dan",
)
#: Degrees that make another label of a graded scale out of one that is part of them.
DEGREES: Final = _words(
    "slightly mildly somewhat fully totally completely very rather quite moderately partially partly strongly weakly",
    "tentatively cautiously extremely highly entirely wholly largely mostly hardly a little bit sort kind reluctantly",
    "etwas voll völlig ganz sehr eher teilweise stark leicht ziemlich überwiegend",
    "tout fait plutôt très partiellement totalement fortement légèrement assez",
    "totalmente muy algo parcialmente completamente bastante ligeramente firmemente",
    "completamente molto abbastanza parzialmente totalmente fortemente leggermente piuttosto",
    "concordo totalmente muito parcialmente completamente bastante",
    "полностью очень скорее частично совершенно сильно немного отчасти",
    "تماما جدا بشده الى पूरी बहुत पूर्णतः",
) - _words("a bit concordo fait الى")
#: What a first-person label may be about: "I support this policy", "I agree with the statement".
OBJECTS: Final = _words(
    "it this that policy statement proposal claim idea action decision plan measure law option rule bill practice",
    "approach intervention program programme initiative choice move course legislation regulation",
    "diese dieser diesem dieses dem der das aussage massnahme maßnahme politik vorschlag these gesetz entscheidung idee",
    "cette ce la l politique proposition mesure affirmation idée loi décision",
    "esta este la el política propuesta medida afirmación idea ley decisión",
    "questa questo la il politica proposta misura affermazione idea legge decisione con",
    "esta este essa política proposta medida afirmação ideia lei decisão",
    "этим этой это эту утверждением предложение предложением политику меру идею идеей закон",
    "هذه هذا السياسه الاقتراح العباره الراي فكره القانون",
    "हूँ हूं है इस यह नीति प्रस्ताव कथन से का",
    "the such your with to proposed stated above given as written described overall",
    "mit avec con com с مع में",
)
OPENERS: Final = fold(
    r"so|well|ok(?:ay)?|sure|certainly|of course|alright|all right|right|honestly|frankly|personally|overall|therefore"
    r"|thus|hence|ultimately|finally|now|then|hm+|ah|oh|indeed|unfortunately|sadly|regrettably|fortunately|i ?(?:am|'?m) afraid|definitely|absolutely|clearly|in (?:conclusion|short|sum"
    r"|summary|brief|the end|total)|in my (?:honest |humble |own )?(?:view|opinion|judge?ment|assessment|book)"
    r"|to (?:conclude|sum up|be honest|answer|be clear|summari[sz]e)|on balance|all (?:things )?(?:considered|in all)"
    r"|for me|for this (?:one|question|case|scenario)|after (?:careful |some |due )?(?:consideration|reflection|thought)"
    r"|that said|having said that|nevertheless|nonetheless|still|without (?:a |any )?(?:hesitation|doubt)"
    r"|if (?:i (?:had|have|must|really had) to (?:choose|pick|answer|decide)(?: one)?|forced(?: to (?:choose|pick))?"
    r"|pressed|pushed)|option|choice|answer|i (?:say|think|guess|believe)|i ?(?:'d| would) say|i ?'m|mine|final"
    r"|also|daher|deshalb|letztlich|kurz(?:um)?|insgesamt|ich (?:denke|glaube|finde)|meiner meinung nach|für mich"
    r"|donc|finalement|bref|en conclusion|à mon avis|selon moi|pour moi|personnellement"
    r"|en conclusión|en mi opinión|finalmente|por (?:lo )?tanto|entonces|para mí|personalmente"
    r"|in conclusione|secondo me|a mio parere|infine|quindi|per me"
    r"|em conclusão|na minha opinião|portanto|para mim|enfim"
    r"|naar mijn mening|dus|w skrócie|moim zdaniem|итак|в итоге|по-моему|на мой взгляд|поэтому|я считаю"
    r"|总之|综上所述|综上|因此|所以|我认为|在我看来|最终|最后|结论|結論として|したがって|よって|総合的に|결론적으로|따라서|제 생각에는"
    r"|في رأيي|في الختام|باختصار|خلاصه القول|मेरी राय में|अंत में|sonuç olarak|bence"
)
CLOSERS: Final = fold(
    r"for me|for now|here|in my (?:honest |humble )?(?:view|opinion|judge?ment|assessment)|please|thank(?:s| you)|overall"
    r"|in this (?:case|scenario|situation|instance)|without (?:a |any )?(?:hesitation|doubt)|definitely|for sure|i think"
    r"|i (?:guess|believe|say|suppose)|on balance|all things considered|in the end|ultimately|of course|points?|stars?"
    r"|it is|is (?:my|the) (?:\w+ )?(?:answer|choice|pick|vote|verdict|decision|judge?ment|rating|score|selection)"
    r"|(?:would be|gets) my (?:\w+ )?(?:answer|choice|pick|vote|verdict|decision|rating|score)"
    r"|option|hier|meiner meinung nach|punkte?|ici|à mon avis|points?|en mi opinión|puntos?|secondo me|punti|pontos?"
    r"|балл(?:а|ов)?|分|点|點|점|です|でございます|だ|と考えます|と思います|입니다|이다|입니다|है|نقاط|puan|से|。"
)
#: Signs by which people say yes or no to one of several things; those that are drawn to be ticked come last.
TICKS: Final = "\u2713\u2714"
CROSSES: Final = "\u2715\u2716\u2717\u2718\u274c\u274e\U0001f44e"
MARKS: Final = frozenset(f"{TICKS}{CROSSES}\U0001f44d\u2610\u2b1c\u25a1\u2611\u2612\u2705")
