// Plain lists of senders: addresses, domains (with all below), networks. What administrators of mail servers know as white- and blacklists.
#pragma once

#include "base/error.hpp"
#include "base/ip.hpp"
#include "verdict/domain_set.hpp"
#include "verdict/facts.hpp"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace bonafide::verdict {

class ListedSenders {
  public:
    /// What must be true of a name before an entry holds for it: addresses cannot be made up, names can.
    enum class Proof : std::uint8_t {
        none,  ///< for lists against somebody: whoever uses the name is meant
        needed ///< MAIL FROM counts where SPF passes, From where DMARC does
    };

    /// "192.0.2.0/24", "ann@contoso.com", "contoso.com": normalized, or why not.
    [[nodiscard]] static Expected<std::string> canonical(std::string_view text);
    [[nodiscard]] Expected<void> add(std::string_view text);
    [[nodiscard]] bool empty() const { return domains_.empty() && addresses_.empty() && networks_.empty(); }

    /// The entries that hold for the client, its confirmed name, MAIL FROM and the mailboxes of From, as far as each is known, once each.
    [[nodiscard]] std::vector<std::string> find(const Facts& facts, Proof proof) const;
    /// The same for an address by itself, as From or MAIL FROM have it.
    [[nodiscard]] bool has_address(std::string_view address) const;

  private:
    void find_address(std::string_view address, std::vector<std::string>& found) const;

    DomainSet domains_;
    std::unordered_set<std::string> addresses_;
    std::vector<ip::Prefix> networks_;
};

} // namespace bonafide::verdict
