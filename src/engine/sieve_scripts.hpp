// Where the users' Sieve scripts lie: "/var/vmail/{domain}/{user}/.dovecot.sieve", "/home/{user}/.dovecot.sieve". A part of the path holds at
// most one of the two, with text around it if need be.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

class SievePattern {
  public:
    struct Script {
        std::string path;
        std::string user;
        std::string domain; ///< empty: the pattern names none
    };
    struct Folder {
        std::string path;
        std::string why; ///< it cannot be read; escaped
    };
    struct Found {
        std::vector<Script> scripts; ///< that may be there: what stands behind {user} is not looked at
        std::vector<Folder> unreadable;
        bool base_missing = false; ///< what stands before the first brace cannot be read
    };

    [[nodiscard]] static Expected<SievePattern> parse(std::string_view text);
    [[nodiscard]] bool has_domain() const { return has_domain_; }
    [[nodiscard]] const std::string& base() const& [[clang::lifetimebound]] { return base_; }

    /// At most this many scripts. Names that begin with a dot stand for nobody.
    [[nodiscard]] Found find(std::size_t most) const;

  private:
    enum class Name : std::uint8_t { none, user, domain };
    struct Part {
        std::string before, after; ///< of the name
        Name name = Name::none;
    };
    void walk(std::size_t index, const Script& so_far, std::size_t most, Found& found) const;
    void list(std::size_t index, const Script& so_far, std::size_t most, Found& found) const;
    static Expected<Part> parse_part(std::string_view text);

    std::string base_;
    std::vector<Part> parts_; ///< from the first that holds a name
    bool has_domain_ = false;
};

} // namespace bonafide::engine
