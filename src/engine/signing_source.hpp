// What signing goes by, for the daemon: the folder of keys, the tables and the secrets, read at the start and looked at again every
// signing.reload. What cannot be read keeps what it said before; log and metrics say so. Thread-safe.
#pragma once

#include "base/error.hpp"
#include "engine/settings.hpp"
#include "engine/signing_policy.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bonafide::engine {

using SigningValue = std::shared_ptr<const SigningPolicy>;

/// What signing.keys = "auto" means where this folder is there.
inline constexpr std::string_view auto_keys_folder = "/var/lib/bonafide/keys";
inline constexpr std::string_view state_folder = "/var/lib/bonafide";
/// Whose files root takes for the service's own: the owner of the folder of keys, or of the folder it would be in.
[[nodiscard]] std::uint32_t service_user(const Settings& settings);
/// The folder of keys; empty: there is none.
[[nodiscard]] std::string keys_folder(const Settings& settings);

struct SigningEvents {
    /// "signing.failed" whenever something else cannot be read than before, "signing.recovered" once all can. On any thread.
    std::function<void(std::string_view event, std::string_view why)> on_warning;
    /// Not told of start() and configure(). On any thread.
    std::function<void(SigningValue)> on_change;
};

/// For commands and the audit: all of it, read once.
struct SigningRead {
    SigningValue policy;
    std::string troubles; ///< domains whose keys cannot be read, in one line; empty: none
};
/// Errors begin with the name of the setting.
[[nodiscard]] Expected<SigningRead> read_signing(const std::shared_ptr<const Settings>& settings);

class SigningSource {
  public:
    struct Counters {
        std::size_t domains = 0; ///< with keys
        std::size_t active = 0;  ///< keys that sign
        bool failing = false;    ///< something cannot be read
    };

    /// Errors: the folder, a table or a file of secrets that the settings name cannot be read. A single domain whose keys cannot be read
    /// is told by events.
    [[nodiscard]] static Expected<std::unique_ptr<SigningSource>> start(const std::shared_ptr<const Settings>& settings,
                                                                        SigningEvents events);
    ~SigningSource();
    SigningSource(const SigningSource&) = delete;
    SigningSource& operator=(const SigningSource&) = delete;

    [[nodiscard]] SigningValue current() const; ///< never null
    /// A reload; as start(). An error leaves all as it was.
    [[nodiscard]] Expected<void> configure(const std::shared_ptr<const Settings>& settings);
    /// Looks at all of it now.
    void refresh();
    [[nodiscard]] Counters counters() const;

  private:
    struct State;
    explicit SigningSource(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace bonafide::engine
