#include "engine/signing_source.hpp"

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "engine/repeated.hpp"
#include "io/key_folder.hpp"
#include "io/secret_file.hpp"
#include "io/watched_file.hpp"
#include "sign/key_ring.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace bonafide::engine {
namespace {

constexpr std::size_t most_table_bytes = std::size_t{64} << 20U;
constexpr std::size_t most_told = 5; // domains whose keys cannot be read

Expected<crypto::PublicKey> public_key_of(const sign::Key& key) {
    const auto bytes = base64::decode(key.public_key);
    if (!bytes) return failure("p= is no base64");
    return key.type == crypto::KeyType::rsa ? crypto::PublicKey::rsa_from_der(*bytes)
                                            : crypto::PublicKey::ed25519_from_raw(*bytes);
}

/// Active keys first, then those whose record is or was in DNS: only these may stand in.
Expected<SigningKeys::Keys> keys_of(const std::shared_ptr<const io::KeyFolder>& folder, const sign::Ring& ring) {
    SigningKeys::Keys keys;
    for (const sign::State state : {sign::State::active, sign::State::retiring, sign::State::published})
        for (const sign::Key& key : ring.keys) {
            if (key.state != state) continue;
            auto known = public_key_of(key);
            if (!known) return failure(fmt::format("{}: {}", key.selector, known.error().text));
            keys.push_back(std::make_shared<const SigningKey>(ring.domain, key.selector, *std::move(known),
                                                              state == sign::State::active,
                                                              [folder, domain = ring.domain, selector = key.selector] {
                                                                  return folder->private_key(domain, selector);
                                                              }));
        }
    return keys;
}

template<class Table> Expected<void> read_table(const std::string& path, Table& table) {
    if (path.empty()) return {};
    const auto text = io::read_regular_file(path, most_table_bytes);
    if (!text) return std::unexpected(text.error());
    if (auto added = sign::add_lines(table, *text); !added)
        return failure(fmt::format("{}: {}", escape::line(path), added.error().text));
    return {};
}

/// The keys of one domain as they were read.
struct Known {
    std::optional<io::FileStamp> stamp;
    SigningKeys::Keys keys;
    std::string trouble; ///< why they could not be read; empty: they could
};

/// Everything the settings name, and what of it was read. One thread at a time.
class Reader {
  public:
    explicit Reader(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

    /// Reads again what has changed.
    Expected<SigningValue> read() {
        if (auto looked = look_at_keys(); !looked) return failure("signing.keys: " + looked.error().text);
        auto keys = std::make_shared<SigningKeys>();
        for (const auto& [domain, known] : domains_)
            if (!known.keys.empty()) keys->add(domain, known.keys);
        SigningPolicy policy = make_signing_policy(*settings_, keys);
        if (auto added = read_table(settings_->signing.table_file, policy.table); !added)
            return failure("signing.table_file: " + added.error().text);
        if (auto added = read_table(settings_->signing.senders_file, policy.senders); !added)
            return failure("signing.senders_file: " + added.error().text);
        if (settings_->backscatter.action != OnBackscatter::off) {
            auto secrets = io::read_secrets(settings_->backscatter.secrets, service_user(*settings_));
            if (!secrets) return failure("backscatter.secrets: " + secrets.error().text);
            policy.backscatter.secrets = *std::move(secrets);
        }
        return std::make_shared<const SigningPolicy>(std::move(policy));
    }

    /// What of the keys cannot be read, in one line; empty: nothing.
    [[nodiscard]] std::string troubles() const {
        std::string text;
        std::size_t count = 0;
        for (const auto& [domain, known] : domains_)
            if (!known.trouble.empty() && ++count <= most_told)
                text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", domain, known.trouble);
        return count > most_told ? fmt::format("{}; and {} more domains", text, count - most_told) : text;
    }
    [[nodiscard]] SigningSource::Counters count() const {
        SigningSource::Counters counters;
        for (const auto& [domain, known] : domains_) {
            counters.domains += known.keys.empty() ? 0 : 1;
            for (const auto& key : known.keys) counters.active += key->is_active() ? 1 : 0;
        }
        return counters;
    }

  private:
    Expected<void> look_at_keys() {
        // "auto" is looked for each time: the first key makes the folder.
        if (const std::string path = folder_ == nullptr ? keys_folder(*settings_) : ""; !path.empty())
            folder_ = std::make_shared<const io::KeyFolder>(path);
        if (folder_ == nullptr) return {};
        const auto names = folder_->domains();
        if (!names) return std::unexpected(names.error());
        std::map<std::string, Known> next;
        for (const std::string& name : *names) {
            const auto before = domains_.find(name);
            const auto stamp = folder_->stamp(name);
            if (before != domains_.end() && stamp && before->second.trouble.empty() && before->second.stamp == *stamp)
                next.emplace(name, std::move(before->second));
            else
                next.emplace(name, read_domain(name, before == domains_.end() ? nullptr : &before->second));
        }
        domains_ = std::move(next);
        return {};
    }

    /// A domain whose ring cannot be read any more goes on with the keys it had.
    Known read_domain(const std::string& name, const Known* before) {
        Known known;
        if (before != nullptr) known.keys = before->keys;
        const auto stamp = folder_->stamp(name); // before the ring: what changes meanwhile is read again
        const auto ring = folder_->ring(name);
        auto keys = ring ? keys_of(folder_, *ring) : Expected<SigningKeys::Keys>(std::unexpected(ring.error()));
        if (!stamp || !keys) {
            known.trouble = stamp ? keys.error().text : stamp.error().text;
            return known;
        }
        known.stamp = *stamp;
        if (before != nullptr) keep_open(before->keys, *keys);
        known.keys = *std::move(keys);
        return known;
    }

    /// Keys that are what they were stay the same objects, their private halves read.
    static void keep_open(const SigningKeys::Keys& before, SigningKeys::Keys& now) {
        for (auto& key : now)
            for (const auto& old : before)
                if (old->selector() == key->selector() && old->is_active() == key->is_active() &&
                    old->public_key() == key->public_key())
                    key = old;
    }

    std::shared_ptr<const Settings> settings_;
    std::shared_ptr<const io::KeyFolder> folder_; // null: there is none
    std::map<std::string, Known> domains_;
};

} // namespace

std::string keys_folder(const Settings& settings) {
    if (settings.signing.keys != "auto") return settings.signing.keys;
    std::error_code ignored;
    return std::filesystem::is_directory(auto_keys_folder, ignored) ? std::string(auto_keys_folder) : std::string();
}

std::uint32_t service_user(const Settings& settings) {
    if (const std::string keys = keys_folder(settings); !keys.empty()) return io::KeyFolder(keys).owner();
    return io::KeyFolder(std::string(state_folder)).owner();
}

Expected<SigningRead> read_signing(const std::shared_ptr<const Settings>& settings) {
    Reader reader(settings);
    auto policy = reader.read();
    if (!policy) return std::unexpected(std::move(policy.error()));
    return SigningRead{*std::move(policy), reader.troubles()};
}

struct SigningSource::State {
    SigningEvents events;

    std::mutex reading; ///< one at a time; guards what follows
    std::unique_ptr<Reader> reader;
    std::string told; ///< what cannot be read, as it was last said

    mutable std::mutex shown; ///< guards what any thread reads
    SigningValue value;
    Counters counters;

    std::optional<Repeated> repeated; // last: its thread uses the others

    void show(SigningValue next, std::string trouble) {
        {
            const std::scoped_lock lock(shown);
            if (next != nullptr) value = std::move(next);
            counters = reader->count();
            counters.failing = !trouble.empty();
        }
        if (trouble == told) return;
        told = std::move(trouble);
        if (!events.on_warning) return;
        if (told.empty())
            events.on_warning("signing.recovered", "all of it can be read");
        else
            events.on_warning("signing.failed", told);
    }

    void look() {
        const std::scoped_lock lock(reading);
        auto read = reader->read();
        if (!read) return show(nullptr, read.error().text);
        show(*read, reader->troubles());
        if (events.on_change) events.on_change(*std::move(read));
    }

    /// Memory may be short while files are read; what there was stays.
    void look_safely() {
        try {
            look();
        } catch (const std::exception& error) {
            if (events.on_warning) events.on_warning("signing.failed", error.what());
        }
    }

    Expected<void> use(const std::shared_ptr<const Settings>& next) {
        auto fresh = std::make_unique<Reader>(next);
        auto read = fresh->read();
        if (!read) return std::unexpected(std::move(read.error()));
        const std::scoped_lock lock(reading);
        reader = std::move(fresh);
        show(*std::move(read), reader->troubles());
        if (repeated) repeated->every(next->signing.reload);
        return {};
    }
};

SigningSource::SigningSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
SigningSource::~SigningSource() = default;

Expected<std::unique_ptr<SigningSource>> SigningSource::start(const std::shared_ptr<const Settings>& settings,
                                                              SigningEvents events) {
    auto state = std::make_unique<State>();
    state->events = std::move(events);
    if (auto used = state->use(settings); !used) return std::unexpected(std::move(used.error()));
    state->repeated.emplace([state = state.get()] { state->look_safely(); });
    state->repeated->every(settings->signing.reload);
    return std::unique_ptr<SigningSource>(new SigningSource(std::move(state)));
}

SigningValue SigningSource::current() const {
    const std::scoped_lock lock(state_->shown);
    return state_->value;
}

Expected<void> SigningSource::configure(const std::shared_ptr<const Settings>& settings) {
    return state_->use(settings);
}

void SigningSource::refresh() { state_->look(); }

SigningSource::Counters SigningSource::counters() const {
    const std::scoped_lock lock(state_->shown);
    return state_->counters;
}

} // namespace bonafide::engine
