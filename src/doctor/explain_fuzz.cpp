// Any bytes as what somebody pastes: explained without an error and in bounds, with a sentence, and in every language the same value; the
// signatures of a message or of what a bounce returns are examined. DNS knows one domain.
#include "dns/zone.hpp"
#include "doctor/autopsy_story.hpp"
#include "doctor/delivery_status.hpp"
#include "doctor/explain.hpp"
#include "text/catalogue.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace bonafide;
using namespace bonafide::doctor;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

const dns::Source& world() {
    static const auto zone = dns::Zone::parse(
        "example.com TXT \"v=spf1 ip4:192.0.2.1 -all\"\n_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
        "s._domainkey.example.com TXT \"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n");
    return **zone;
}

void rendered(const text::Text& words) {
    for (const std::string_view language : {"en", "ar"}) {
        static const auto english = text::Catalogue::open("en"), arabic = text::Catalogue::open("ar");
        require(!(language == "en" ? english : arabic).value()->render(words).empty());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    const auto suffixes = dns::PublicSuffixList::open("");
    Explanation explanation =
        dns::run(explain({.input = input, .suffixes = suffixes.value(), .now = 1'795'254'000}), world());
    require(explanation.message.size() <= input.size() + 1);
    const DeliveryStatus status = read_delivery_status(input);
    require(status.text.size() <= 3 * input.size() + 100 && status.diagnostics.size() <= input.size());
    explanation = dns::run(with_autopsies(std::move(explanation), {}, Limits{}), world());
    rendered(explanation.summary);
    for (const text::Text& fix : explanation.fix) rendered(fix);
    for (const text::Text& detail : explanation.details) rendered(detail);
    require(explanation.trouble == Trouble::none || explanation.trouble == Trouble::other || !explanation.fix.empty() ||
            explanation.kind == Kind::headers || explanation.kind == Kind::message);
    return 0;
}
