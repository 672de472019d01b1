// KeyDns with real servers: every authoritative server of a key's name is asked by itself, and records are put there by dynamic update.
// Where a CNAME leads elsewhere (a customer's zone that points into the host's), the servers of that name count, and the record is put
// there.
#pragma once

#include "base/endpoint.hpp"
#include "engine/key_tending.hpp"
#include "io/direct_dns.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bonafide::engine {

class ServerKeyDns final : public KeyDns {
  public:
    static constexpr std::size_t most_servers = 32; ///< of one zone
    static constexpr int most_aliases = 8;

    /// False: all of DNS is the file dns.zone, and no server is named.
    [[nodiscard]] static bool is_meant(const Settings& settings);
    /// publish.* of the settings. `resolver` finds servers where publish.authoritative does not name them. The TSIG key's file may belong
    /// to `also_owner`. Errors: publish.server is no IP and port, or the file of the TSIG key is not private or holds none.
    /// `is_ending`, asked before each exchange, may say that nothing is to be asked any more.
    [[nodiscard]] static Expected<std::unique_ptr<ServerKeyDns>> open(const Settings& settings,
                                                                      std::shared_ptr<const dns::Source> resolver,
                                                                      std::uint32_t also_owner = 0,
                                                                      std::function<bool()> is_ending = {});

    [[nodiscard]] sign::Sight look(const sign::Key& key, const std::string& domain) override;
    [[nodiscard]] bool publishes() const override { return server_.has_value(); }
    [[nodiscard]] Expected<void> publish(const sign::Record& record) override;
    /// All changes in one message, and then a look whether the server shows the texts. `domain`: whose zone they lie in. Errors: of
    /// change_records(), a text that is not shown.
    [[nodiscard]] Expected<void> change(const std::string& domain, std::span<const dns::RecordChange> changes);

  private:
    struct NameServer {
        std::string name;
        std::vector<ip::Endpoint> addresses; ///< the first that answers speaks for it
        bool is_primary = false;             ///< asked only since it takes our updates
    };
    void add_primary(std::vector<NameServer>& servers) const;
    [[nodiscard]] Expected<std::vector<NameServer>> servers_of(const std::string& name) const;
    [[nodiscard]] Expected<std::vector<std::string>> names_of_servers(std::string name) const;
    [[nodiscard]] io::DirectAnswer ask(const NameServer& server, const std::string& name);
    [[nodiscard]] Expected<std::string> zone_of(const std::string& name) const;

    std::shared_ptr<const dns::Source> resolver_;
    std::vector<ip::Endpoint> authoritative_;
    std::optional<ip::Endpoint> server_;
    std::string zone_;
    std::optional<sign::TsigKey> tsig_;
    std::chrono::milliseconds timeout_{5000};
    Limits limits_;
    std::map<std::string, std::string> targets_; ///< where CNAMEs of names led
    std::set<ip::Endpoint> silent_;              ///< did not answer: not waited for again
    std::function<bool()> is_ending_;
};

} // namespace bonafide::engine
