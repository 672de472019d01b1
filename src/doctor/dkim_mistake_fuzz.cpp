// Any texts at a selector: whatever stands there, each record the doctor wants published holds a usable key, each finding has its row and
// its words, and a private key is never repeated. A zero byte parts the texts of several records.
#include "dkim/key_record.hpp"
#include "doctor/dkim.hpp"
#include "doctor/dkim_mistake.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bonafide;

void require(bool condition) {
    if (!condition) std::abort();
}

bool is_usable(std::string_view text) { return dkim::parse_key_record(text, Limits{}).code == dkim::Code::ok; }

void try_mistake(std::string_view text) {
    const doctor::DkimMistake mistake = doctor::recognise_mistake(text, Limits{});
    require(!mistake.what.empty());
    require(!mistake.better || (is_usable(*mistake.better) && !mistake.secret_exposed));
}

doctor::DkimKey key_of(const std::vector<std::string>& texts) {
    auto answer = std::make_shared<dns::AnswerData>();
    answer->status = dns::Status::ok;
    answer->txt = texts;
    doctor::DkimKey key{.selector = "mail", .origin = doctor::SelectorOrigin::given, .answer = answer};
    for (const std::string& text : texts) key.records.push_back(dkim::parse_key_record(text, Limits{}));
    return key;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> texts{{}};
    for (std::size_t i = 0; i < size; ++i) {
        if (data[i] == 0)
            texts.emplace_back();
        else
            texts.back() += static_cast<char>(data[i]);
    }
    for (const std::string& text : texts)
        if (!is_usable(text)) try_mistake(text);

    doctor::Survey all{.subject = {.domain = "example.com"}};
    all.dkim.keys.push_back(key_of(texts));
    std::vector<doctor::Finding> findings;
    doctor::judge_dkim(all, findings);
    require(!findings.empty());
    for (const doctor::Finding& finding : findings) {
        require(doctor::rank(finding.id) < doctor::ids().size());
        require(!finding.title.empty());
        require((finding.severity == doctor::Severity::ok) == finding.fix.empty());
        for (const dns::Record& record : finding.records) require(is_usable(record.value));
    }
    return 0;
}
