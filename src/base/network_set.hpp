// Networks to look addresses up in, by binary search however many there are. Built once, then read by any thread.
#pragma once

#include "base/ip.hpp"

#include <cstddef>
#include <map>

namespace bonafide::ip {

class NetworkSet {
  public:
    /// What lies in a network that is there already adds nothing.
    void add(const Prefix& network);
    [[nodiscard]] bool contains(const Address& address) const;
    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    /// Networks, none within another.
    [[nodiscard]] std::size_t size() const { return ranges_.size(); }

  private:
    /// First address to last. Two networks are disjoint, or one lies in the other: so these are disjoint.
    std::map<Address, Address> ranges_;
};

} // namespace bonafide::ip
