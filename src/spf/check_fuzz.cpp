// A whole check in a DNS made of the input: it ends within its limits, asks only names that can be asked, and gives a reason.
// Lines of the input: client address, MAIL FROM, HELO, then answers. The n-th question is answered by the n-th line (again from the
// start when they run out): its first byte chooses the kind, the rest is what it holds.
#include "base/ascii.hpp"
#include "dns/flow.hpp"
#include "dns/name.hpp"
#include "spf/spf.hpp"

#include <algorithm>
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

/// "!" time-out, "0" NXDOMAIN, "-" no data, anything else: records of the type asked, comma-separated for all but TXT.
dns::Answer answer_from(std::string_view line, const dns::Question& question, const ip::Address& client) {
    if (line.starts_with('!')) return dns::make_answer(dns::Status::timeout);
    if (line.starts_with('0')) return dns::make_answer(dns::Status::nx_domain);
    if (line.empty() || line.starts_with('-')) return dns::make_answer(dns::Status::no_data);
    auto data = std::make_shared<dns::AnswerData>();
    data->status = dns::Status::ok;
    if (question.type == dns::Type::txt) {
        data->txt.emplace_back(line);
        return data;
    }
    for (const std::string_view part : ascii::split(line, ',')) {
        if (question.type == dns::Type::mx) data->mx.push_back({1, dns::normalize(part)});
        if (question.type == dns::Type::ptr) data->names.push_back(dns::normalize(part));
        if (question.type == dns::Type::a || question.type == dns::Type::aaaa) {
            const auto address = ip::Address::parse(part);
            data->addresses.push_back(address && address->is_v4() == (question.type == dns::Type::a) ? *address
                                                                                                     : client);
        }
    }
    return data;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::string_view> lines = ascii::split({reinterpret_cast<const char*>(data), size}, '\n');
    if (lines.size() < 4) return 0;
    spf::Request request;
    request.client = ip::Address::parse(lines[0]).value_or(ip::Address::from_v4({192, 0, 2, 1}));
    request.mail_from = lines[1];
    request.helo = lines[2];
    const Limits limits = request.limits;
    const ip::Address client = request.client;

    auto flow = spf::check(std::move(request));
    std::size_t asked = 0;
    for (const dns::Question* question = flow.start(); question != nullptr; ++asked) {
        require(dns::is_valid(question->name) && !question->name.ends_with('.') && !question->why.empty());
        require(question->name == dns::normalize(question->name));
        question = flow.answer(answer_from(lines[3 + asked % (lines.size() - 3)], *question, client));
    }
    const spf::Outcome outcome = flow.result();

    // The record, its terms, for each the hosts of mx, the reverse look-up with its names, the explanation.
    require(asked <= 1 + limits.spf_lookups * (1 + limits.spf_mx_names) + 1 + limits.spf_ptr_names + 1);
    require(outcome.lookups <= limits.spf_lookups + 2);
    require(outcome.explanation.size() <= limits.spf_explanation_bytes);
    require(std::all_of(outcome.explanation.begin(), outcome.explanation.end(), ascii::is_printable));
    require(outcome.explanation.empty() || outcome.result == spf::Result::fail);
    require(!outcome.cause.text.empty() && !outcome.cause.section.empty());
    require(outcome.cause.text.find_first_of("\r\n\0\x1b", 0, 4) == std::string::npos);
    require(outcome.mechanism.empty() == (outcome.cause.code != spf::Code::matched));
    return 0;
}
