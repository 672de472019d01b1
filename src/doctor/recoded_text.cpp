#include "doctor/recoded_text.hpp"

#include "base/ascii.hpp"
#include "doctor/charsets.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::doctor {
namespace {

constexpr std::string_view encoding_field = "Content-Transfer-Encoding";

std::string upper(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = ascii::to_upper(c);
    return result;
}

/// The lines of a part's header; each with its foldings and its line end.
std::vector<std::string> fields_of(std::string_view header) {
    std::vector<std::string> fields;
    while (!header.empty()) {
        const std::size_t end = std::min(header.find("\r\n"), header.size());
        const std::string_view line = header.substr(0, std::min(end + 2, header.size()));
        if (!fields.empty() && ascii::is_wsp(line.front()))
            fields.back() += line;
        else
            fields.emplace_back(line);
        header.remove_prefix(line.size());
    }
    return fields;
}

bool is_field(std::string_view field, std::string_view name) {
    const std::size_t colon = field.find(':');
    return colon != std::string_view::npos && ascii::iequals(ascii::trim(field.substr(0, colon)), name);
}

/// The header with these two told otherwise; nothing where it says nothing of the character set that has changed.
std::optional<std::string> header_with(std::string_view header, const MimePart& part, const Recoding& recoding) {
    std::string result;
    bool encoding_told = false, set_told = recoding.set.empty();
    for (const std::string& field : fields_of(header)) {
        if (is_field(field, encoding_field)) {
            encoding_told = true;
            if (!recoding.field_name.empty())
                result += field.substr(0, field.find(':')) + ": " + std::string(recoding.field_name) + "\r\n";
        } else if (is_field(field, "Content-Type") && !recoding.set.empty() && !part.charset.empty()) {
            const std::size_t at = ascii::lower(field).find(part.charset, field.find(';'));
            if (at == std::string::npos) return {};
            set_told = true;
            result += field.substr(0, at) + (recoding.upper_set ? upper(recoding.set) : std::string(recoding.set)) +
                      field.substr(at + part.charset.size());
        } else if (field == "\r\n") {
            if (!encoding_told && recoding.form.coding != Coding::identity)
                result += std::string(encoding_field) + ": " + std::string(recoding.field_name) + "\r\n";
            result += field;
        } else {
            result += field;
        }
    }
    if (!set_told) return {};
    return result;
}

} // namespace

std::vector<Recoding> recodings(std::string_view text, std::string_view charset, std::string_view like) {
    constexpr std::array<std::string_view, 6> identity_names{"8bit", "7bit", "", "8BIT", "7BIT", "binary"};
    std::vector<std::string_view> sets{""};
    if (is_8bit(text)) {
        if (charset.empty() || charset == "utf-8") sets.insert(sets.end(), western_sets.begin(), western_sets.end());
        if (charset != "utf-8") sets.emplace_back("utf-8");
    }
    std::vector<Recoding> all;
    for (const std::string_view set : sets)
        for (const TransferForm& form : transfer_forms(like))
            for (const bool upper_set : {false, true}) {
                if (upper_set && set.empty()) continue;
                if (form.coding == Coding::identity) {
                    if (form.name != "8bit") continue;
                    for (const std::string_view name : identity_names)
                        for (const bool inner_end : {false, true})
                            all.push_back({form, set, name, upper_set, true, inner_end});
                    continue;
                }
                const bool base64 = form.coding == Coding::base64;
                for (const bool inner_end : {false, true}) {
                    all.push_back({form, set, form.name, upper_set, true, inner_end});
                    if (base64) all.push_back({form, set, form.name, upper_set, false, inner_end});
                }
                if (form.columns == 76) all.push_back({form, set, base64 ? "Base64" : "Quoted-Printable", upper_set});
            }
    return all;
}

std::optional<std::string> converted(std::string_view text, std::string_view charset, bool was_base64,
                                     const Recoding& recoding) {
    std::optional<std::string> result(text);
    if (recoding.set == "utf-8")
        result = to_utf8(text, charset.empty() ? western_sets.front() : charset);
    else if (!recoding.set.empty())
        result = from_utf8(text, recoding.set);
    const bool to_base64 = recoding.form.coding == Coding::base64;
    if (!result || was_base64 == to_base64) return result;
    if (was_base64) result = with_crlf(*result);
    if (!recoding.inner_end) return result;
    if (to_base64)
        *result += "\r\n";
    else if (result->ends_with("\r\n"))
        result->resize(result->size() - 2);
    return result;
}

std::optional<Patch> recoded_part(std::string_view body, const MimePart& part, std::string_view text,
                                  const Recoding& recoding) {
    const auto header = header_with(body.substr(part.header, part.content - part.header), part, recoding);
    const auto content = converted(text, part.charset, part.encoding == "base64", recoding);
    if (!header || !content) return {};
    std::string written = encode_transfer(recoding.form, *content);
    if (!recoding.own_end && written.ends_with("\r\n")) written.resize(written.size() - 2);
    return Patch{part.header, part.end, *header + written, {}};
}

} // namespace bonafide::doctor
