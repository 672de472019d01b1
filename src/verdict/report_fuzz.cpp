// Facts full of hostile strings: the Authentication-Results fields made of them parse strictly, say the same results again and hold
// no control byte beyond their foldings; Microsoft's form says compauth once, and last; the JSON parses; sentence and explanation hold no
// stray control bytes.
#include "base/escape.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace bonafide;
using namespace bonafide::verdict;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

/// The input cut at 0xFE bytes, one piece after the other; "" past the end.
class Pieces {
  public:
    explicit Pieces(std::string_view input) : rest_(input) {}
    [[nodiscard]] std::string next() {
        const auto end = rest_.find('\xfe');
        std::string piece(rest_.substr(0, end));
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return piece;
    }
    [[nodiscard]] unsigned number() { return static_cast<unsigned char>((next() + '\0')[0]); }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

dkim::SignatureResult signature_from(Pieces& pieces) {
    dkim::SignatureResult signature;
    signature.result = static_cast<dkim::Result>(1 + pieces.number() % 6);
    signature.code = static_cast<dkim::Code>(pieces.number() % 27);
    signature.domain = pieces.next();
    signature.selector = pieces.next();
    signature.identity = pieces.next();
    signature.algorithm = pieces.next();
    signature.signature_start = pieces.next();
    signature.reason = pieces.next();
    signature.testing = pieces.number() % 2 == 1;
    signature.unsigned_bytes = pieces.number();
    return signature;
}

Facts facts_from(Pieces& pieces) {
    Facts facts;
    facts.author.domain = pieces.next();
    facts.envelope.client = ip::Address::parse("192.0.2.1");
    spf::Outcome spf;
    spf.result = static_cast<spf::Result>(pieces.number() % 7);
    spf.domain = pieces.next();
    spf.cause.text = pieces.next();
    spf.explanation = pieces.next();
    facts.spf.value = spf;
    dmarc::Evaluation dmarc;
    dmarc.result = static_cast<dmarc::Result>(pieces.number() % 5);
    dmarc.code = static_cast<dmarc::Code>(pieces.number() % 7);
    dmarc.author_domain = facts.author.domain;
    dmarc.org_domain = pieces.next();
    dmarc.policy_domain = pieces.next();
    dmarc.reason = pieces.next();
    if (pieces.number() % 2 == 1) dmarc.policy = static_cast<dmarc::Policy>(pieces.number() % 3);
    facts.dmarc.value = dmarc;
    iprev::Outcome iprev;
    iprev.result = iprev::Result::pass;
    iprev.name = pieces.next();
    facts.iprev.value = iprev;
    while (!pieces.empty() && facts.dkim.size() < 20) facts.dkim.push_back(signature_from(pieces));
    return facts;
}

/// Its texts are escaped by those who make them (judgement.hpp); only `via` is a name as it came.
Judgement judgement_from(const Facts& facts) {
    Judgement judgement;
    judgement.result = static_cast<Compauth>(facts.dkim.size() % 4);
    judgement.reason = facts.dmarc.value->reason.size() % 1000;
    judgement.why = escape::line(facts.dmarc.value->reason);
    judgement.evidence = {{"look_alike", -9, escape::line(facts.author.domain)},
                          {"incomplete", 0, escape::line(facts.iprev.value->name)}};
    judgement.score = -static_cast<double>(facts.spf.value->domain.size());
    judgement.indicators.via = facts.spf.value->domain;
    return judgement;
}

/// Nothing but its foldings breaks a header value.
void check_bytes(std::string_view value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto c = static_cast<unsigned char>(value[i]);
        if (value[i] == '\r') {
            require(i + 2 < value.size() && value[i + 1] == '\n' && (value[i + 2] == '\t' || value[i + 2] == ' '));
            ++i;
        } else {
            require(c == '\t' || (c >= 0x20 && c != 0x7f));
        }
    }
}

authres::Field read_back(const authres::Field& written) {
    const std::string value = authres::write(written);
    check_bytes(value);
    const Expected<authres::Field> field = authres::parse(value);
    require(field.has_value());
    require(field->authserv_id == "mx.example.org");
    return *field;
}

void check_fields(const Facts& facts, const Judgement& judgement) {
    const authres::Field field = read_back(authentication_results(facts, "mx.example.org"));
    require(field.results.size() == 3 + std::max<std::size_t>(1, facts.dkim.size()));
    require(field.results[0].result == to_text(facts.spf.value->result));
    const authres::Field own = read_back(compauth_results(facts, judgement, "mx.example.org"));
    require(own.results.size() == 1 && own.results[0].result == to_text(judgement.result));
    require(own.results[0].reason == reason_text(judgement.reason));
    check_bytes(sender_indicators(judgement));
    check_bytes(suggestion_text(judgement));
}

void check_microsoft(const Facts& facts, const Judgement& judgement) {
    const std::string value = microsoft_results(facts, judgement);
    check_bytes(value);
    require(value.starts_with("spf="));
    for (const char* method : {"spf=", "dkim=", "dmarc=", "compauth="})
        require(value.find(method) != std::string::npos && value.find(method) == value.rfind(method));
    require(std::ranges::count(value, ';') == 3);
    require(value.ends_with(reason_text(judgement.reason)));
}

/// Reasons come escaped from the protocols' own rooms (base/error.hpp); what they hold of remote text is what escape::line leaves.
Facts with_escaped_reasons(Facts facts) {
    facts.dmarc.value->reason = escape::line(facts.dmarc.value->reason);
    facts.spf.value->cause.text = escape::line(facts.spf.value->cause.text);
    for (dkim::SignatureResult& signature : facts.dkim) signature.reason = escape::line(signature.reason);
    return facts;
}

void check_words(const Facts& facts, const Judgement& judgement) {
    for (const char c : sentence(facts)) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    for (const char c : explanation(facts, &judgement, "mx.example.org"))
        require(c == '\n' || c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 20000) return 0; // one field has its own limit
    Pieces pieces({reinterpret_cast<const char*>(data), size});
    const Facts facts = facts_from(pieces);
    const Judgement judgement = judgement_from(facts);
    check_fields(facts, judgement);
    check_microsoft(facts, judgement);
    check_words(with_escaped_reasons(facts), judgement);
    boost::system::error_code failed;
    (void)boost::json::parse(to_json(facts, &judgement, "mx.example.org", "{}"), failed);
    require(!failed);
    return 0;
}
