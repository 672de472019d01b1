// One small document over HTTPS, from addresses that were looked up before: the MTA-STS policy (RFC 8461 3.3). libcurl stays inside the .cpp.
//
// A stranger's DNS chooses host and addresses, so nothing is fetched that an address of the inside could answer: special-use addresses are
// refused before connecting, redirects are not followed, no proxy and no other protocol is used. Blocks.
#pragma once

#include "base/ip.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bonafide::io {

enum class Reach : std::uint8_t {
    public_hosts, ///< special-use addresses are refused
    all_hosts,    ///< for tests
};

struct HttpsRequest {
    std::string host; ///< normalized A-labels: the certificate must be its
    std::string path; ///< begins with "/"
    std::vector<ip::Address> addresses{};
    std::chrono::milliseconds timeout{10'000}; ///< for everything
    std::size_t most_bytes = 65536;
    std::string ca_file{}; ///< trusted authorities; empty: those of the system
    std::uint16_t port = 443;
    Reach reach = Reach::public_hosts;
};

struct HttpsDocument {
    std::string fault{}; ///< why there is no answer, one phrase; empty: there is one, whatever its status
    unsigned status = 0; ///< of HTTP
    std::string content_type{};
    std::string body{};
};

[[nodiscard]] HttpsDocument fetch(const HttpsRequest& request);

} // namespace bonafide::io
