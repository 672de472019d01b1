#include "engine/key_maintenance.hpp"

#include "engine/key_tending.hpp"
#include "engine/server_key_dns.hpp"
#include "engine/signing_source.hpp"
#include "engine/zone_file.hpp"
#include "io/blocking_resolver.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <ctime>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace bonafide::engine {
namespace {

constexpr std::array<std::string_view, 10> names{"key.generated", "key.published", "key.shown",   "key.hidden",
                                                 "key.activated", "key.retiring",  "key.revoked", "key.forgotten",
                                                 "key.wanted",    "key.trouble"};

bool needs_a_person(std::string_view event) { return event == "key.wanted" || event == "key.trouble"; }

Expected<std::shared_ptr<const dns::Source>> open_source(const Settings& settings) {
    if (!settings.dns.zone.empty()) {
        auto zone = load_zone(settings.dns.zone);
        if (!zone) return std::unexpected(zone.error());
        return std::shared_ptr<const dns::Source>(*std::move(zone));
    }
    io::ResolverSettings asked;
    asked.servers = settings.dns.servers;
    asked.timeout = settings.dns.timeout;
    asked.dnssec = settings.dns.dnssec;
    asked.trust_anchor = settings.dns.trust_anchor;
    return io::open_blocking_resolver(std::move(asked));
}

Expected<std::unique_ptr<KeyDns>> open_key_dns(const Settings& settings, std::uint32_t owner,
                                               std::function<bool()> is_ending) {
    auto source = open_source(settings);
    if (!source) return std::unexpected(source.error());
    if (ServerKeyDns::is_meant(settings))
        return ServerKeyDns::open(settings, *std::move(source), owner, std::move(is_ending));
    return std::make_unique<SourceKeyDns>(*std::move(source));
}

} // namespace

struct KeyMaintenance::State {
    io::Logger& log;
    std::map<std::string_view, io::Counter*> counters;
    std::mutex mutex;
    std::condition_variable changed;
    std::shared_ptr<const Settings> settings; ///< under the mutex
    bool ending = false;                      ///< under the mutex
    bool anew = true;                         ///< under the mutex: a pass is wanted at once
    /// What a person was told of; on the thread only.
    std::set<std::string> told, telling;
    std::thread thread;

    State(io::Logger& l, io::Metrics& metrics, std::shared_ptr<const Settings> s) : log(l), settings(std::move(s)) {
        for (const std::string_view name : names)
            counters[name] = &metrics.counter("bonafide_key_events_total", "What became of our own DKIM keys",
                                              {{"event", std::string(name.substr(std::string_view("key.").size()))}});
    }

    void tell(const KeyEvent& event) {
        const bool person = needs_a_person(event.name);
        if (person) {
            const std::string line = event.domain + " " + event.selector + " " + event.text;
            telling.insert(line);
            if (told.contains(line)) return;
        }
        if (const auto counter = counters.find(event.name); counter != counters.end()) counter->second->add();
        const io::Logger::FieldList fields{{"domain", event.domain}, {"selector", event.selector}, {"why", event.text}};
        if (person)
            log.warning(event.name, fields);
        else
            log.info(event.name, fields);
    }

    bool is_ending() {
        const std::lock_guard lock(mutex);
        return ending;
    }

    /// Opens DNS only where some key's time has come.
    void pass(const Settings& now_in_force) {
        const std::string path = keys_folder(now_in_force);
        if (path.empty()) return;
        const io::KeyFolder folder(path);
        const auto domains = folder.domains();
        if (!domains) return tell({"", "", "key.trouble", domains.error().text});
        const std::int64_t now = std::time(nullptr);
        const sign::Times times = key_times(now_in_force);
        std::unique_ptr<KeyDns> dns;
        for (const std::string& domain : *domains) {
            if (is_ending()) return;
            const auto ring = folder.ring(domain);
            if (!ring) {
                tell({domain, "", "key.trouble", ring.error().text});
                continue;
            }
            if (!is_due(*ring, now, times)) continue;
            if (dns == nullptr) {
                auto opened = open_key_dns(now_in_force, folder.owner(), [this] { return is_ending(); });
                if (!opened) return tell({"", "", "key.trouble", opened.error().text});
                dns = *std::move(opened);
            }
            const KeyTender tender{.folder = folder,
                                   .dns = *dns,
                                   .times = times,
                                   .ttl = now_in_force.publish.ttl,
                                   .now = now,
                                   .tell = [this](const KeyEvent& event) { tell(event); },
                                   .is_ending = [this] { return is_ending(); }};
            if (const auto done = tend(tender, domain); !done) tell({domain, "", "key.trouble", done.error().text});
        }
    }

    void run() {
        for (;;) {
            std::shared_ptr<const Settings> in_force;
            {
                std::unique_lock lock(mutex);
                changed.wait_for(lock, interval(*settings), [this] { return ending || anew; });
                if (ending) return;
                anew = false;
                in_force = settings;
            }
            telling.clear();
            try {
                pass(*in_force);
            } catch (const std::exception& error) {
                log.error("internal.error", {{"id", "-"}, {"why", error.what()}});
            }
            told = telling;
        }
    }
};

KeyMaintenance::KeyMaintenance(io::Logger& log, io::Metrics& metrics, std::shared_ptr<const Settings> settings)
    : state_(std::make_unique<State>(log, metrics, std::move(settings))) {
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

KeyMaintenance::~KeyMaintenance() { stop(); }

void KeyMaintenance::configure(std::shared_ptr<const Settings> settings) {
    const std::lock_guard lock(state_->mutex);
    state_->settings = std::move(settings);
    state_->anew = true;
    state_->changed.notify_one();
}

void KeyMaintenance::stop() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->ending = true;
        state_->changed.notify_one();
    }
    if (state_->thread.joinable()) state_->thread.join();
}

std::chrono::milliseconds KeyMaintenance::interval(const Settings& settings) {
    constexpr int reloads = 10;
    return std::min<std::chrono::milliseconds>(settings.signing.reload * reloads, std::chrono::hours(1));
}

} // namespace bonafide::engine
