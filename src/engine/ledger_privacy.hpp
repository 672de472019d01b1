// Addresses as ledger.addresses = "hashed" wants them kept: of an address only its domain can be read, and that two mentions of it are the
// same person. The hash is keyed by the ledger's secret, so that nobody without the ledger can try addresses out.
#pragma once

#include "io/store_names.hpp"

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

class HashedAddresses {
  public:
    /// `known`: addresses of the message, so that they are found whole where a text could be read another way. `names`: texts that go
    /// wherever they stand, as display names do.
    HashedAddresses(const io::store::Secret& secret, std::vector<std::string> known, std::vector<std::string> names);

    /// "ann@example.com" as "#0123456789ab@example.com", in whatever case it was written; what has no local part stays.
    [[nodiscard]] std::string address(std::string_view address) const;
    /// A List-Id likewise, for it can name a family or a patient's group: of "ann-family.lists.example" only that it is a list of
    /// `organization` ("#0123456789ab.lists.example"), the Organizational Domain below which it stands.
    [[nodiscard]] std::string list_id(std::string_view list_id, std::string_view organization) const;
    /// Every address in a text for people or machines likewise.
    [[nodiscard]] std::string text(std::string_view text) const;
    /// Every string of the value likewise.
    void apply(boost::json::value& value) const;

  private:
    [[nodiscard]] std::string hash_of(std::string_view address) const;
    [[nodiscard]] std::size_t begin_of_local_part(std::string_view text, std::size_t least, std::size_t at,
                                                  std::string_view domain) const;
    [[nodiscard]] std::string without_names(std::string text) const;

    const io::store::Secret secret_;
    const std::vector<std::string> known_; // lower case, sorted
    const std::vector<std::string> names_; // longest first
};

} // namespace bonafide::engine
