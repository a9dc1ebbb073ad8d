#include "upstream/mock/block_writer.hpp"
#include "upstream/mock/cuts.hpp"

#include <array>

namespace sluice::upstream::mock {
namespace {

/// Sentences that differ in what they do to software that counts bytes, characters or columns: two
/// to four bytes per character, marks that join the letter before them, both directions, no spaces
/// between words, and emoji of many characters.
constexpr auto sentences = std::to_array<std::string_view>({
    "Größe, Übermut und Straßenbahn: so heißt das Café „Zum Fluß“.",
    "L’été dernier, à Noël, l’œuvre naïve coûtait déjà très cher.",
    "Příliš žluťoučký kůň úpěl ďábelské ódy, řekl vodník.",
    "Pijamalı hasta yağız şoföre çabucak güvendi; İstanbul’da ışık yandı.",
    "Tiếng Việt có nhiều dấu: một dòng sông chảy về phía biển.",
    "Zażółć gęślą jaźń, a potem odpocznij nad rzeką.",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία· ο ποταμός κυλάει ήσυχα.",
    "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "Їжак і ґава чують, як щебече жайворонок.",
    "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر، والنهر يجري ١٢٣ مترًا.",
    "در رودخانه آب می‌رود و کتاب‌ها می‌مانند.",
    "\u200f‏דג סקרן שט בים מאוכזב ולפתע מצא חברה (Sluice v2.0) "
    "בנהר.\u200f",
    "שָׁלוֹם עֲלֵיכֶם, הַנָּהָר זוֹרֵם לְאִטּוֹ.",
    "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा क्षीण हुए; नदी बहती है।",
    "ஒரு நதி மெதுவாக ஓடுகிறது, கவிஞர் காத்திருக்கிறார்.",
    "নদী ধীরে বয়ে যায়, শব্দগুলি আসে।",
    "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน น้ำไหลไปเรื่อยๆ",
    "天地玄黄，宇宙洪荒。河水静静地流过桥下，读者在等下一个词。",
    "繁體字：龍、龜、鬱。𠮷野家的「𠮷」字有四個位元組。",
    "いろはにほへと ちりぬるを。ﾊﾝｶｸ文字と「が」と「か\u3099」は同じに見える。",
    "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다.",
    "한글은 이렇게도 쓴다: \u1112\u1161\u11ab\u1100\u1173\u11af.",
    "ሰላም ለዓለም፤ ወንዙ በቀስታ ይፈሳል።",
    "მდინარე ნელა მიედინება, სიტყვები მოდის.",
    "Գետը դանդաղ հոսում է, բառերը գալիս են։",
    "Combining marks: e\u0301 a\u0308 n\u0303 o\u0302\u0323, and "
    "Z\u0351\u036b\u0343a\u0334l\u0335g\u0336o.",
    "The family 👨‍👩‍👧‍👦 and the team "
    "👩🏽‍🚀👨🏿‍🔬"
    "🧑🏻‍🤝‍🧑🏾 say hello 👋🏼!",
    "Flags 🇩🇪🇯🇵🇧🇷🇺🇳 and "
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿, then "
    "🏳️‍🌈 and 🏴‍☠️.",
    "Keycaps 1️⃣2️⃣#️⃣, hearts ❤️‍🔥 ♥︎ ♥️, and 🫠🥲.",
    "Mathematics: 𝒜 ∈ 𝔹, ∀x ∃y: x² ≤ ∑ₙ yₙ, 𝟙 ≠ 𝟘, 𝄞 and 🜚.",
    "Width: ａｂｃ ① Ⅷ ﷽ …\u00a0no\u2011break, soft\u00adhyphen, zero\u200bwidth.",
    "Mixed: abc אבג 123 ابج DEF \u2067עברית\u2069 end.",
});

/// For the last tokens: each is a text in itself.
constexpr auto greetings = std::to_array<std::string_view>({
    " Καλημέρα",
    " Привет",
    " مرحبا",
    " שלום",
    " नमस्ते",
    " สวัสดี",
    " 你好",
    " こんにちは",
    " 안녕",
    " Grüße",
    " Čau",
    " 👋🏽",
    " 🇺🇳",
    " 👩‍👩‍👧",
    " é\u0302",
    " 🌊",
});

/// Tokens of 1 to 4 characters. Models cut inside what a reader sees as one character, too: between
/// a letter and its mark, or an emoji and its colour.
std::vector<std::string> cut_characters(std::string_view text, dice& dice) {
    std::vector<std::string> tokens;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        for (auto count = 1 + dice.below(4); count > 0 && end < text.size(); --count)
            end = end_of_character(text, end);
        tokens.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return tokens;
}

class many_scripts final : public block_writer {
 public:
    std::vector<std::string> write(dice& dice, std::int64_t number) const override {
        std::string text(number == 0 ? "" : dice.below(5) == 0 ? "\n\n" : " ");
        text += sentences[dice.below(sentences.size())];
        return cut_characters(text, dice);
    }

    std::vector<std::string> finish(dice& dice, std::int64_t, std::int64_t tokens) const override {
        std::vector<std::string> out;
        for (std::int64_t i = 0; i < tokens; ++i)
            out.emplace_back(greetings[dice.below(greetings.size())]);
        return out;
    }
};

}  // namespace

std::unique_ptr<block_writer> write_many_scripts() {
    return std::make_unique<many_scripts>();
}

}  // namespace sluice::upstream::mock
