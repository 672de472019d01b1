// The Authentication-Results field (RFC 8601): strict reading, writing, and finding forged fields that bear our authserv-id.
#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"
#include "mail/header.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::authres {

struct Property {
    std::string type;  ///< ptype: smtp, header, body, policy
    std::string name;  ///< property
    std::string value; ///< unquoted
    bool operator==(const Property&) const = default;
};

struct MethodResult {
    std::string method;  ///< lower case
    std::string version; ///< method version; empty when absent
    std::string result;  ///< lower case
    std::string reason;  ///< unquoted; empty when absent
    std::string comment; ///< writing only: put after the result in parentheses, escaped; reading drops comments
    std::vector<Property> properties;
    bool operator==(const MethodResult&) const = default;
};

struct Field {
    std::string authserv_id;           ///< unquoted, as written
    std::string version;               ///< empty when absent
    std::vector<MethodResult> results; ///< empty: "none"
    bool operator==(const Field&) const = default;
};

/// Strict by the RFC 8601 2.2 grammar (CFWS, quoted strings, comments nested up to the limit). Error with position.
[[nodiscard]] Expected<Field> parse(std::string_view value, const Limits& limits = {});

/// Whether a version of the field, or of one of its methods, is the one there is: 1, or not written (RFC 8601 2.2). What stands under any
/// other may mean something else than it seems to (2.6).
[[nodiscard]] bool is_known_version(std::string_view version);

/// The field's value, folded below 78 columns with CRLF HTAB, ready to stand after "Authentication-Results:" and a space; no final
/// CRLF. Values are quoted where RFC 2045 tokens and the mailbox form need it; everything is escaped. parse(write(f)) == f up to comments.
[[nodiscard]] std::string write(const Field& field);

/// Tells which Authentication-Results fields of a message must not stay: those that claim one of `authserv_ids` (ours, all of them), and
/// those of a version other than 1, whoever they name (RFC 8601 5). One object a message: what IDNA may cost is counted in it.
/// A value claims an id in any disguise: case, comments, quotes, foldings, U-labels, substructure ("id/job"), encoded words, version
/// missing, or a value that does not parse but whose text before the first ';' (after empty elements and "i=1") holds the id, or holds
/// more non-ASCII words than anyone honest writes. Errs on the side of removal.
class Judge {
  public:
    /// Fields that begin with a result instead of an authserv-id, as Microsoft 365 writes them.
    enum class Nameless : std::uint8_t {
        stay,
        go, ///< where our own field is of that form, so that no stranger's can be taken for it
    };
    explicit Judge(std::span<const std::string> authserv_ids, Nameless nameless = Nameless::stay);
    Judge(Judge&&) noexcept;
    Judge& operator=(Judge&&) noexcept;
    ~Judge();

    [[nodiscard]] bool must_go(std::string_view value);

  private:
    struct Data;
    std::unique_ptr<Data> data_;
};

/// Positions of the Authentication-Results fields to delete, as milters count them: the n-th field of that name, from 1; highest
/// first, so that deleting one does not shift the others. `name`: where results are stamped under another name, that one.
[[nodiscard]] std::vector<std::size_t> forged_fields(const mail::HeaderBlock& header, Judge& judge,
                                                     std::string_view name = "Authentication-Results");

} // namespace bonafide::authres
