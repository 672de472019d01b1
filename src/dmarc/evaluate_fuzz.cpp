// Verdicts over a zone of the fuzzer's making. The first byte pairs choose author and identifiers out of a small name space, the rest
// what stands at each _dmarc name. Properties: it ends, within the bound of questions, none asked twice; the shortcuts of alignment.cpp
// agree with two full walks compared as RFC 9989 4.10.2 says; pass means aligned and nothing else does.
#include "dmarc/walk.hpp"
#include "dns/name.hpp"
#include "dns/source.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

using namespace bonafide;
using namespace bonafide::dmarc;

namespace {

void require(bool condition, const std::source_location& place = std::source_location::current()) {
    if (condition) return;
    std::fprintf(stderr, "line %u does not hold\n", place.line());
    std::abort();
}

class Bytes {
  public:
    Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    [[nodiscard]] std::uint8_t next() { return at_ < size_ ? data_[at_++] : std::uint8_t{0}; }

  private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
};

/// A name of 1 to 12 labels over {a, b}, so that names often meet.
std::string name_from(Bytes& bytes) {
    const std::uint8_t shape = bytes.next();
    std::uint8_t bits = bytes.next();
    std::string name = (bits & 1) != 0 ? "com" : "org";
    for (int i = shape % 12; i > 0; --i) {
        bits = static_cast<std::uint8_t>(bits / 2 + (i == 6 ? 0x55 : 0));
        name = ((bits & 1) != 0 ? "a." : "b.") + name;
    }
    return name;
}

dns::Answer answer_from(std::uint8_t kind) {
    static constexpr std::string_view records[] = {"v=DMARC1; p=reject",
                                                   "v=DMARC1; p=none; psd=y",
                                                   "v=DMARC1; p=none; psd=n",
                                                   "v=DMARC1; adkim=s",
                                                   "v=DMARC1; p=reject; adkim=s",
                                                   "v=DMARC1; p=none; np=reject",
                                                   "v=spf1 -all",
                                                   "v=DMARC1; p=reject; sp=none; t=y",
                                                   "v=DMARC1; p=reject; aspf=s",
                                                   "v=DMARC1; rua=mailto:a@b; p=no"};
    if (kind % 4 == 0) return dns::make_answer(dns::Status::nx_domain);
    if (kind % 16 == 1) return dns::make_answer(dns::Status::timeout);
    if (kind % 16 == 2) return dns::make_answer(dns::Status::no_data);
    auto answer = std::make_shared<dns::AnswerData>();
    answer->status = dns::Status::ok;
    answer->txt.emplace_back(records[kind / 16 % std::size(records)]);
    if (kind % 16 == 3) answer->txt.emplace_back("v=DMARC1; p=none");
    return answer;
}

class FuzzedZone final : public dns::Source {
  public:
    explicit FuzzedZone(std::uint64_t seed) : seed_(seed) {}
    [[nodiscard]] dns::Answer answer(const dns::Question& question) const override {
        auto& slot = answers_[question.name];
        if (!slot) slot = answer_from(kind_of(question.name));
        return slot;
    }

  private:
    /// The same name, the same kind: FNV-1a of name and seed.
    [[nodiscard]] std::uint8_t kind_of(std::string_view name) const {
        std::uint64_t hash = 1469598103934665603ULL ^ seed_;
        for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
        return static_cast<std::uint8_t>(hash >> 32U);
    }
    std::uint64_t seed_;
    mutable std::map<std::string, dns::Answer, std::less<>> answers_;
};

/// RFC 9989 4.10.2 without shortcuts; nothing when a look-up failed.
std::optional<bool> aligned_by_walks(const FuzzedZone& zone, const std::string& author, const std::string& domain) {
    if (author == domain) return true;
    Visits visits;
    const Walk ours = dns::run(walk(&visits, author), zone);
    const Walk theirs = dns::run(walk(&visits, domain), zone);
    if (!ours.failed.empty() || !theirs.failed.empty()) return {};
    return select_organization(ours).domain == select_organization(theirs).domain;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    std::uint64_t seed = 0;
    for (int i = 0; i < 4; ++i) seed = seed * 256 + bytes.next();
    const FuzzedZone zone(seed);
    Input input;
    input.author_domain = name_from(bytes);
    const std::uint8_t flags = bytes.next();
    if ((flags & 1) != 0) input.spf = Identifier{name_from(bytes), (flags & 2) != 0, (flags & 4) != 0};
    for (int i = flags / 8 % 4; i > 0; --i) {
        const std::uint8_t how = bytes.next();
        input.dkim.push_back({name_from(bytes), (how & 1) != 0, (how & 2) != 0});
    }

    dns::Transcript transcript;
    const Evaluation evaluation = dns::run(check(input), zone, &transcript);

    // One walk for the author, one an identifier, and for np the author's existence by up to three types.
    const std::size_t identifiers = input.dkim.size() + (input.spf ? 1 : 0);
    require(transcript.exchanges().size() <= input.limits.dmarc_queries * (identifiers + 1) + 3);
    std::set<std::pair<std::string, dns::Type>> asked;
    for (const auto& exchange : transcript.exchanges()) require(asked.emplace(exchange.name, exchange.type).second);

    const bool aligned = evaluation.spf_aligned || evaluation.dkim_aligned;
    require((evaluation.result == Result::pass) == aligned);
    require(evaluation.reason.empty() == false);
    require(evaluation.disposition.has_value() ==
            (evaluation.result == Result::pass || evaluation.result == Result::fail));
    if (evaluation.result == Result::pass) require(evaluation.disposition == Policy::none);
    if (!evaluation.org_domain.empty())
        require(dns::is_equal_or_below(evaluation.author_domain, evaluation.org_domain));

    // The shortcuts against the standard's own way. A single-label author is the one case where our own rule for top-level domains
    // lets the walks differ.
    if (input.author_domain.contains('.') && evaluation.record)
        for (const Identifier& id : input.dkim) {
            Visits visits;
            const Aligned quick = dns::run(same_organization(&visits, input.author_domain, id.domain), zone);
            const std::optional<bool> slow = aligned_by_walks(zone, input.author_domain, id.domain);
            if (slow && quick != Aligned::unknown) require((quick == Aligned::yes) == *slow);
            if (slow) require(quick != Aligned::unknown);
        }
    return 0;
}
