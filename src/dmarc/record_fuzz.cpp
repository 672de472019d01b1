// Any bytes as a DMARC record: is_record and parse_record agree; what was read, written out in full, reads as the same; errors point
// into the text.
#include "dmarc/reading.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace bonafide;
using namespace bonafide::dmarc;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

std::string joined(const std::vector<std::string>& uris) {
    std::string text;
    for (const std::string& uri : uris) text += (text.empty() ? "" : ",") + uri;
    return text;
}

std::string print(const Record& record) {
    std::string text = "v=DMARC1; p=" + std::string(to_text(record.p));
    if (record.sp) text += "; sp=" + std::string(to_text(*record.sp));
    if (record.np) text += "; np=" + std::string(to_text(*record.np));
    text += record.adkim == Alignment::strict ? "; adkim=s" : "; adkim=r";
    text += record.aspf == Alignment::strict ? "; aspf=s" : "; aspf=r";
    text += record.testing ? "; t=y" : "; t=n";
    text += record.psd == Psd::yes ? "; psd=y" : record.psd == Psd::no ? "; psd=n" : "; psd=u";
    if (!record.rua.empty()) text += "; rua=" + joined(record.rua);
    if (!record.ruf.empty()) text += "; ruf=" + joined(record.ruf);
    return text + "; fo=" + record.fo;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Limits limits;
    const Expected<Reading> reading = read_record(text, limits);
    if (!reading) {
        require(!is_record(text) || size > limits.dmarc_record_bytes);
        require(reading.error().position <= size);
        return 0;
    }
    require(is_record(text));
    require(parse_record(text, limits).has_value() == !reading->unusable.has_value());
    const Record& record = reading->record;
    require(record.text == text);
    require(record.rua.size() <= limits.dmarc_uris && record.ruf.size() <= limits.dmarc_uris);
    for (const auto* uris : {&record.rua, &record.ruf})
        for (const std::string& uri : *uris)
            require(is_reporting_uri(uri) && uri.find_first_of(",!; \r\n") == std::string::npos);

    const Expected<Record> again = parse_record(print(record), limits);
    require(again.has_value());
    require(again->p == record.p && again->sp == record.sp && again->np == record.np);
    require(again->adkim == record.adkim && again->aspf == record.aspf);
    require(again->testing == record.testing && again->psd == record.psd);
    require(again->rua == record.rua && again->ruf == record.ruf && again->fo == record.fo);
    return 0;
}
