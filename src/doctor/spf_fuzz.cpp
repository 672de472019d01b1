// Any records in a DNS made of the input: the survey ends within its bounds and asks only names that can be asked, judging it ends too, every
// finding is one of the table, and each record that is proposed can be read.
// Lines of the input: an address that sends, then answers. The n-th question is answered by the n-th line (again from the start when they
// run out): its first byte chooses the kind, the rest is what it holds; "|" separates several TXT records.
#include "base/ascii.hpp"
#include "dns/flow.hpp"
#include "dns/name.hpp"
#include "doctor/spf.hpp"
#include "doctor/spf_judge.hpp"
#include "doctor/spf_repair.hpp"
#include "doctor/spf_text.hpp"
#include "text/catalogue.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bonafide;

void require(bool holds) {
    if (!holds) std::abort();
}

/// "!" time-out, "#" bogus, "0" NXDOMAIN, "-" no data, anything else: records of the type asked, comma-separated for all but TXT.
dns::Answer answer_from(std::string_view line, const dns::Question& question) {
    if (line.starts_with('!')) return dns::make_answer(dns::Status::timeout);
    if (line.starts_with('#')) return dns::make_answer(dns::Status::bogus);
    if (line.starts_with('0')) return dns::make_answer(dns::Status::nx_domain);
    if (line.empty() || line.starts_with('-')) return dns::make_answer(dns::Status::no_data);
    auto data = std::make_shared<dns::AnswerData>();
    data->status = dns::Status::ok;
    if (question.type == dns::Type::txt || question.type == dns::Type::spf) {
        for (const std::string_view text : ascii::split(line, '|')) data->txt.emplace_back(text);
        return data;
    }
    for (const std::string_view part : ascii::split(line, ',')) {
        if (question.type == dns::Type::mx) data->mx.push_back({1, dns::normalize(part)});
        const auto address = ip::Address::parse(part);
        if (address && address->is_v4() == (question.type == dns::Type::a)) data->addresses.push_back(*address);
    }
    if (data->mx.empty() && data->addresses.empty()) data->status = dns::Status::no_data;
    return data;
}

/// Of one address checked by the verifier, of the names where misplaced records may stand, and of the domain's own.
constexpr std::size_t most_others = 1 + 10 * 11 + 2 + 10 + 5 + 1;

template<class T> T run(dns::Flow<T> flow, const std::vector<std::string_view>& lines) {
    std::size_t asked = 0;
    for (const dns::Question* question = flow.start(); question != nullptr; ++asked) {
        require(dns::is_valid(question->name) && !question->name.ends_with('.') && !question->why.empty());
        question = flow.answer(answer_from(lines[1 + asked % (lines.size() - 1)], *question));
    }
    constexpr std::size_t overrun = 21; // of the term during which the bound is reached
    require(asked <= doctor::most_spf_questions + overrun + most_others);
    return flow.result();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::string_view> lines = ascii::split({reinterpret_cast<const char*>(data), size}, '\n');
    if (lines.size() < 2) return 0;
    doctor::Subject subject;
    subject.domain = "example.com";
    if (const auto address = ip::Address::parse(lines[0])) subject.addresses.push_back(*address);

    doctor::Survey all;
    all.subject = subject;
    all.spf = run(doctor::survey_spf(subject), lines);
    require(all.spf.root != nullptr);
    doctor::SpfSubdomain below = run(doctor::survey_subdomain(subject, "news.example.com"), lines);
    if (below.node) all.spf.subdomains.emplace(below.name, below.node);

    std::vector<doctor::Finding> findings;
    doctor::judge_spf(all, findings);
    require(findings.size() <= 3 * doctor::most_spf_branch_findings + 100);
    for (const doctor::Finding& finding : findings) {
        require(doctor::rank(finding.id) < doctor::ids().size());
        require(finding.details.size() <= doctor::most_spf_details + 2);
        require(!text::Catalogue::english().render(finding.title).empty());
        for (const dns::Record& record : finding.records)
            require(spf::is_record(record.value) && spf::parse_record(record.value).has_value());
    }

    if (const auto better = doctor::repaired(lines[1])) require(spf::parse_record(*better).has_value());
    if (const auto whole = doctor::rejoined(lines[0], lines[1])) require(spf::parse_record(*whole).has_value());
    require(spf::is_record(doctor::straightened(lines[1])));
    static_cast<void>(doctor::is_meant_as_spf(lines[1]));
    return 0;
}
