// Rows of a listing, printed for a person or as CSV, and the options of commands that print one.
#pragma once

#include "base/error.hpp"
#include "cli/command.hpp"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli {

class Table {
  public:
    explicit Table(std::vector<std::string_view> columns) : columns_(std::move(columns)) {}

    /// One cell a column; any bytes.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }

    /// Columns side by side under their names in capitals; cells escaped, columns without any content left out.
    void print_text(std::ostream& out) const;
    /// RFC 4180 with a line of names and LF line ends; a cell that a spreadsheet would run as a formula begins with an apostrophe.
    void print_csv(std::ostream& out) const;

  private:
    std::vector<std::string_view> columns_;
    std::vector<std::vector<std::string>> rows_;
};

[[nodiscard]] Option json_option();
[[nodiscard]] Option csv_option();
/// An option N and its judge: of days back (to ten years), of rows (to a million).
[[nodiscard]] Expected<void> check_days(std::string_view text);
[[nodiscard]] Expected<void> check_most(std::string_view text);
[[nodiscard]] std::uint64_t read_number(const Arguments& arguments, std::string_view option, std::uint64_t otherwise);

/// "1 message", "2 messages".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view what);

/// As one word for a POSIX shell: bare where nothing in it is special, else in single quotes.
[[nodiscard]] std::string shell_word(std::string_view text);

} // namespace bonafide::cli
