// The sources of recipients' safe and blocked senders that the settings name: table file, SQLite file, Sieve scripts. Each is read again when
// it has changed, by itself; what cannot be read keeps what it said before. One thread.
#pragma once

#include "engine/settings.hpp"
#include "policy/recipient_senders.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

/// One thing that the settings name.
class SenderSource {
  public:
    using Value = std::shared_ptr<const policy::RecipientSenders>;
    struct Trouble {
        std::string text;        ///< escaped; empty: none
        bool is_partial = false; ///< some users' scripts; all else is read
    };

    explicit SenderSource(std::string_view setting) : setting_(setting) {}
    SenderSource(const SenderSource&) = delete;
    SenderSource& operator=(const SenderSource&) = delete;
    virtual ~SenderSource() = default;

    /// Looks whether it has changed and reads it then, at most so many entries. Ends early when `stopped` says so.
    virtual void refresh(std::size_t most_entries, const std::function<bool()>& stopped) = 0;

    [[nodiscard]] std::string_view setting() const { return setting_; }
    [[nodiscard]] const Value& value() const { return value_; } ///< null until it could be read
    [[nodiscard]] const Trouble& trouble() const { return trouble_; }
    [[nodiscard]] virtual std::size_t scripts() const { return 0; }

  protected:
    void take(Value value) {
        value_ = std::move(value);
        trouble_ = {};
    }
    void complain(std::string text, bool is_partial = false) { trouble_ = {std::move(text), is_partial}; }

  private:
    std::string_view setting_;
    Value value_;
    Trouble trouble_;
};

class SenderSources {
  public:
    struct Trouble {
        std::string_view setting; ///< the row's name
        SenderSource::Trouble what;
    };

    explicit SenderSources(std::shared_ptr<const Settings> settings);

    /// Whether value() is another one now.
    bool refresh(const std::function<bool()>& stopped = [] { return false; });
    /// All sources together; null where the settings name none.
    [[nodiscard]] SenderSource::Value value() const { return value_; }
    [[nodiscard]] std::vector<Trouble> troubles() const;
    [[nodiscard]] std::size_t scripts() const; ///< that are read

  private:
    std::shared_ptr<const Settings> settings_;
    std::vector<std::unique_ptr<SenderSource>> sources_;
    SenderSource::Value value_;
};

/// recipients.sieve; texts of the settings were checked when they were read.
[[nodiscard]] std::unique_ptr<SenderSource> make_sieve_source(const Settings& settings);

/// For commands: all sources, read once. An error where one cannot be read; users' single scripts are passed over.
[[nodiscard]] Expected<SenderSource::Value> read_recipient_senders(const std::shared_ptr<const Settings>& settings);

} // namespace bonafide::engine
