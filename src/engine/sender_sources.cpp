#include "engine/sender_sources.hpp"

#include "base/escape.hpp"
#include "io/sqlite_rows.hpp"
#include "io/watched_file.hpp"
#include "policy/recipient_table.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace bonafide::engine {
namespace {

using policy::RecipientSenders;
using Stopped = std::function<bool()>;

constexpr std::size_t most_table_bytes = std::size_t{256} * 1024 * 1024;

/// A file that is read as a whole when it, or one beside it, has changed.
class FileSource : public SenderSource {
  public:
    FileSource(std::string_view setting, std::string file) : SenderSource(setting), file_(std::move(file)) {}

    void refresh(std::size_t most_entries, const Stopped& stopped) override {
        const auto seen = look();
        if (!seen) return complain(seen.error().text);
        if (*seen == seen_ && trouble().text.empty()) return; // what could not be read is tried again
        seen_ = *seen;
        auto read = std::make_shared<RecipientSenders>(most_entries);
        if (auto done = read_into(*read, stopped); !done) return complain(std::move(done.error().text));
        take(std::move(read));
    }

  protected:
    using Seen = std::array<std::optional<io::FileStamp>, 2>;
    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] virtual Expected<Seen> look() const {
        auto stamp = io::look_at_file(file_);
        if (!stamp) return std::unexpected(std::move(stamp.error()));
        if (!*stamp) return failure(fmt::format("{}: there is no such file", escape::line(file_)));
        return Seen{*stamp};
    }
    [[nodiscard]] virtual Expected<void> read_into(RecipientSenders& senders, const Stopped& stopped) const = 0;

  private:
    std::string file_;
    Seen seen_;
};

class TableSource final : public FileSource {
  public:
    using FileSource::FileSource;

  private:
    [[nodiscard]] Expected<void> read_into(RecipientSenders& senders, const Stopped&) const override {
        const auto text = io::read_regular_file(file(), most_table_bytes);
        if (!text) return std::unexpected(text.error());
        auto read = policy::read_recipient_table(*text, senders);
        return read ? read : failure(fmt::format("{}, {}", escape::line(file()), read.error().text));
    }
};

class SqliteSource final : public FileSource {
  public:
    SqliteSource(std::string file, std::string query)
        : FileSource("recipients.sqlite", std::move(file)), query_(std::move(query)) {}

  private:
    /// In WAL mode what is new stands in the file beside it.
    [[nodiscard]] Expected<Seen> look() const override {
        auto seen = FileSource::look();
        if (!seen) return seen;
        auto log = io::look_at_file(file() + "-wal");
        if (!log) return std::unexpected(std::move(log.error()));
        (*seen)[1] = *log;
        return seen;
    }
    [[nodiscard]] Expected<void> read_into(RecipientSenders& senders, const Stopped& stopped) const override {
        return io::read_sqlite_rows(file(), query_, 3, [&](std::span<const std::string> row) -> Expected<void> {
            if (stopped()) return failure("the daemon ends");
            const auto list = policy::parse_sender_list(row[1]);
            if (!list) return failure(fmt::format("\"{}\" is neither safe nor blocked", escape::line(row[1], 80)));
            return senders.add(row[0], *list, row[2]);
        });
    }

    std::string query_;
};

} // namespace

SenderSources::SenderSources(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {
    const Settings::Recipients& at = settings_->recipients;
    if (!at.senders.empty()) sources_.push_back(std::make_unique<TableSource>("recipients.senders", at.senders));
    if (!at.sqlite.empty()) sources_.push_back(std::make_unique<SqliteSource>(at.sqlite, at.sqlite_query));
    if (!at.sieve.empty()) sources_.push_back(make_sieve_source(*settings_));
}

bool SenderSources::refresh(const std::function<bool()>& stopped) {
    const std::size_t most = settings_->limits.recipient_senders;
    bool changed = value_ == nullptr && !sources_.empty();
    for (const auto& source : sources_) {
        std::size_t others = 0;
        for (const auto& other : sources_)
            if (other != source && other->value() != nullptr) others += other->value()->size();
        const SenderSource::Value before = source->value();
        source->refresh(most - std::min(most, others), stopped);
        changed = changed || source->value() != before;
    }
    if (!changed) return false;
    auto together = std::make_shared<RecipientSenders>();
    for (const auto& source : sources_)
        if (source->value() != nullptr) together->add_all_of(source->value());
    value_ = std::move(together);
    return true;
}

std::vector<SenderSources::Trouble> SenderSources::troubles() const {
    std::vector<Trouble> all;
    for (const auto& source : sources_)
        if (!source->trouble().text.empty()) all.push_back({source->setting(), source->trouble()});
    return all;
}

std::size_t SenderSources::scripts() const {
    std::size_t all = 0;
    for (const auto& source : sources_) all += source->scripts();
    return all;
}

Expected<SenderSource::Value> read_recipient_senders(const std::shared_ptr<const Settings>& settings) {
    SenderSources sources(settings);
    sources.refresh();
    for (const SenderSources::Trouble& trouble : sources.troubles())
        if (!trouble.what.is_partial) return failure(fmt::format("{}: {}", trouble.setting, trouble.what.text));
    return sources.value();
}

} // namespace bonafide::engine
