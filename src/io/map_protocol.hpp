// What a mail server asks of a table that lives in another process, whatever protocol it speaks: socketmap.hpp, tcp_table.hpp.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bonafide::io {

/// Of one request, all that frames it included; a longer one ends the connection.
inline constexpr std::size_t most_map_request_bytes = 8192;

struct MapRequest {
    std::string map; ///< its name; of tcp_table, which has none, empty
    std::string key;
    bool operator==(const MapRequest&) const = default;
};

struct MapAnswer {
    enum class Kind : std::uint8_t {
        found,
        not_found, ///< the mail server goes on as if there were no table
        temporary, ///< it tries again later
        permanent, ///< the table is set up wrong; Postfix tries again later too, and says so in its log
    };
    Kind kind = Kind::temporary;
    std::string text; ///< what was found, else why not
};
using MapLookup = std::function<MapAnswer(const MapRequest&)>;

/// The first request of what has come so far.
struct MapCut {
    std::size_t bytes = 0; ///< it takes so many; 0: it is not there as a whole
    MapRequest request{};
};

/// One of the protocols. Errors: the peer speaks another one, or the request is too long; where the next begins is not known then.
struct MapProtocol {
    Expected<MapCut> (*cut)(std::string_view bytes);
    std::string (*write)(const MapAnswer& answer);
};

} // namespace bonafide::io
