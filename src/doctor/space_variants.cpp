// What counts in simple canonicalization only: foldings, white space, the case of names; and fields that are not there any more.
#include "base/ascii.hpp"
#include "doctor/field_variants.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::size_t shortest_folded = 50; ///< a shorter value has room in one line
constexpr std::size_t most_single_folds = 60;

/// A server does these to all fields alike.
enum Rule : unsigned {
    unfolded = 1,
    tabs,
    blanks,
    wide,
    narrow,
    columns_76,
    columns_78,
    commas_blank,
    commas_tab,
    glued,
    names
};

std::string replaced_all(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

/// Each run of white space behind a line end as one `space`.
std::string folds_with(std::string_view value, std::string_view space) {
    std::string result;
    for (std::size_t i = 0; i < value.size(); ++i) {
        result += value[i];
        if (value[i] != '\n') continue;
        while (i + 1 < value.size() && ascii::is_wsp(value[i + 1])) ++i;
        result += space;
    }
    return result;
}

} // namespace

std::string folded_at(std::string_view name, std::string_view value, std::size_t columns) {
    std::string result;
    std::size_t column = name.size() + 1;
    bool begun = false; // the line holds a word already
    for (const std::string_view word : ascii::split(ascii::trim(value), ' ')) {
        if (begun && column + 1 + word.size() > columns) {
            result += "\r\n";
            column = 0;
        }
        result += ' ';
        result += word;
        column += 1 + word.size();
        begun = true;
    }
    return result;
}

std::string usual_name(std::string_view name) {
    std::string result = ascii::lower(name);
    bool begins = true;
    for (char& c : result) {
        if (begins) c = ascii::to_upper(c);
        begins = c == '-';
    }
    if (result.starts_with("Mime-")) result.replace(0, 5, "MIME-");
    if (result.ends_with("-Id") && result != "List-Id") result.replace(result.size() - 3, 3, "-ID");
    return result;
}

FieldVariants space_variants(const mail::Field& field) {
    FieldVariants variants;
    const text::Text folded = say("The field {field} was folded otherwise.", {{"field", field.name}}),
                     spaced = say("White space of the field {field} was changed.", {{"field", field.name}});
    const auto add = [&](std::string value, Change change, unsigned rule) {
        variants.push_back({.value = std::move(value),
                            .change = change,
                            .says = change == Change::header_refolded ? folded : spaced,
                            .rule = rule});
    };
    const std::string value(field.value), flat = mail::unfold(field.value);
    add(" " + flat, Change::header_refolded, unfolded);
    add(folds_with(value, "\t"), Change::header_refolded, tabs);
    add(folds_with(value, " "), Change::header_refolded, blanks);
    add(folds_with(value, "  "), Change::header_refolded, 0);
    add(folds_with(value, "        "), Change::header_refolded, wide);
    add(folded_at(field.name, flat, 76), Change::header_refolded, columns_76);
    add(folded_at(field.name, flat, 78), Change::header_refolded, columns_78);
    add(" " + replaced_all(flat, ", ", ",\r\n "), Change::header_refolded, commas_blank);
    add(" " + replaced_all(flat, ", ", ",\r\n\t"), Change::header_refolded, commas_tab);
    add(" " + replaced_all(flat, "; ", ";\r\n "), Change::header_refolded, 0);
    add(" " + replaced_all(flat, "; ", ";\r\n\t"), Change::header_refolded, 0);
    add(replaced_all(replaced_all(value, "\r\n\t", ""), "\r\n ", ""), Change::header_refolded, glued);
    add(" " + value, Change::header_space, 0);
    add("\t" + std::string(ascii::trim(value)), Change::header_space, 0);
    add(std::string(ascii::trim(value)), Change::header_space, narrow);
    add(value + " ", Change::header_space, 0);
    std::string single; // runs of white space were longer
    for (const char c : flat)
        if (!ascii::is_wsp(c) || single.empty() || single.back() != ' ') single += ascii::is_wsp(c) ? ' ' : c;
    add(" " + single, Change::header_space, 0);
    if (!flat.contains('\r') && flat.size() > shortest_folded) // folded once, anywhere
        for (std::size_t at = flat.find(' '), count = 0; at != std::string::npos && count < most_single_folds;
             at = flat.find(' ', at + 1), ++count)
            for (const std::string_view space : {"\r\n ", "\r\n\t"})
                add(" " + flat.substr(0, at) + std::string(space) + flat.substr(at + 1), Change::header_refolded, 0);
    const text::Text cased = say("The case of the field name {field} was changed.", {{"field", field.name}});
    constexpr std::array<std::string_view, 9> spelled{"Message-Id",   "Message-ID", "Mime-Version",
                                                      "MIME-Version", "CC",         "Cc",
                                                      "Content-type", "Reply-to",   "In-Reply-to"};
    for (const std::string_view name : spelled)
        if (ascii::iequals(name, field.name) && name != field.name)
            variants.push_back(
                {.value = value, .change = Change::header_space, .says = cased, .name = name, .rule = names});
    return variants;
}

FieldVariants removed_variants(std::string_view name, const mail::HeaderBlock& header) {
    struct Row {
        std::string_view name;
        std::string_view value;
    };
    constexpr std::array rows{Row{"mime-version", "1.0"},
                              Row{"content-transfer-encoding", "7bit"},
                              Row{"content-transfer-encoding", "8bit"},
                              Row{"content-transfer-encoding", "quoted-printable"},
                              Row{"content-transfer-encoding", "base64"},
                              Row{"content-type", "text/plain"},
                              Row{"content-type", "text/plain; charset=us-ascii"},
                              Row{"content-type", "text/plain; charset=\"us-ascii\""},
                              Row{"content-type", "text/plain; charset=utf-8"},
                              Row{"content-type", "text/plain; charset=\"utf-8\""},
                              Row{"content-type", "text/plain; charset=UTF-8"},
                              Row{"content-type", "text/plain; charset=\"UTF-8\""},
                              Row{"content-type", "text/html; charset=utf-8"},
                              Row{"content-type", "text/html; charset=\"utf-8\""},
                              Row{"content-disposition", "inline"},
                              Row{"content-language", "en-US"},
                              Row{"content-language", "en"},
                              Row{"subject", ""},
                              Row{"cc", ""},
                              Row{"reply-to", ""},
                              Row{"in-reply-to", ""},
                              Row{"references", ""},
                              Row{"importance", "normal"},
                              Row{"importance", "high"},
                              Row{"priority", "normal"},
                              Row{"x-priority", "3"},
                              Row{"x-priority", "1"},
                              Row{"x-priority", "3 (Normal)"},
                              Row{"x-msmail-priority", "Normal"},
                              Row{"precedence", "bulk"},
                              Row{"precedence", "list"},
                              Row{"auto-submitted", "auto-generated"},
                              Row{"auto-submitted", "no"},
                              Row{"list-unsubscribe-post", "List-Unsubscribe=One-Click"}};
    FieldVariants variants;
    const auto was = [&](std::string_view value, Cost cost) {
        variants.push_back(
            {.value = value.empty() ? std::string() : " " + std::string(value),
             .change = Change::header_removed,
             .says = say("The field {field} was removed; it was: {was}", {{"field", usual_name(name)}, {"was", value}}),
             .cost = cost,
             .was = std::string(value)});
    };
    for (const Row& row : rows)
        if (ascii::iequals(row.name, name)) was(row.value, Cost::usual);
    if (!ascii::iequals(name, "Reply-To") && !ascii::iequals(name, "Sender")) return variants;
    for (const std::size_t index : header.find_all("From")) {
        const std::string author = mail::unfold(header[index].value).substr(0, most_variant_bytes);
        was(author, Cost::usual);
        const std::size_t open = author.rfind('<'), close = author.rfind('>');
        if (open == std::string::npos || close == std::string::npos || close < open) continue;
        was(author.substr(open + 1, close - open - 1), Cost::usual);
        was(author.substr(open, close - open + 1), Cost::usual);
    }
    return variants;
}

} // namespace bonafide::doctor
