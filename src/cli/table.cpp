#include "cli/table.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

constexpr std::size_t most_cell_bytes = 1000; // of a cell for a person

/// Characters of valid UTF-8.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string csv_cell(std::string_view text) {
    std::string cell = !text.empty() && std::string_view("=+-@\t\r").contains(text.front()) ? "'" : "";
    cell += text;
    if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
    std::string quoted = "\"";
    for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

void print_csv_row(std::ostream& out, const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) out << (i == 0 ? "" : ",") << csv_cell(row[i]);
    out << '\n';
}

} // namespace

void Table::print_text(std::ostream& out) const {
    std::vector<std::vector<std::string>> lines(1);
    for (const std::string_view column : columns_) {
        std::string& name = lines[0].emplace_back();
        for (const char c : column) name += ascii::to_upper(c);
    }
    for (const auto& row : rows_) {
        auto& line = lines.emplace_back();
        for (const std::string& cell : row) line.push_back(escape::line(cell, most_cell_bytes));
    }
    std::vector<std::size_t> widths(columns_.size());
    for (std::size_t column = 0; column < columns_.size(); ++column)
        if (std::ranges::any_of(rows_, [&](const auto& row) { return !row[column].empty(); }))
            for (const auto& line : lines) widths[column] = std::max(widths[column], width_of(line[column]));
    for (const auto& line : lines) {
        std::string text;
        for (std::size_t column = 0; column < columns_.size(); ++column)
            if (widths[column] > 0)
                text += line[column] + std::string(widths[column] - width_of(line[column]) + 2, ' ');
        out << text.substr(0, text.find_last_not_of(' ') + 1) << '\n';
    }
}

void Table::print_csv(std::ostream& out) const {
    print_csv_row(out, {columns_.begin(), columns_.end()});
    for (const auto& row : rows_) print_csv_row(out, row);
}

Option json_option() { return {.name = "json", .help = "print one JSON object"}; }
Option csv_option() { return {.name = "csv", .help = "print CSV", .excludes = {"json"}}; }

Expected<void> check_days(std::string_view text) {
    const auto days = ascii::parse_decimal(text);
    if (!days || *days < 1 || *days > 3650) return failure("must be a number from 1 to 3650");
    return {};
}

Expected<void> check_most(std::string_view text) {
    const auto most = ascii::parse_decimal(text);
    if (!most || *most < 1 || *most > 1'000'000) return failure("must be a number from 1 to 1000000");
    return {};
}

std::uint64_t read_number(const Arguments& arguments, std::string_view option, std::uint64_t otherwise) {
    const auto text = arguments.text(option);
    return text ? ascii::parse_decimal(*text).value_or(otherwise) : otherwise;
}

std::string counted(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string shell_word(std::string_view text) {
    const bool bare = !text.empty() && std::ranges::all_of(text, [](char c) {
        return ascii::is_alnum(c) || std::string_view("-_./@:=+,").contains(c);
    });
    if (bare) return std::string(text);
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + '\'';
}

} // namespace bonafide::cli
