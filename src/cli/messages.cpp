#include "cli/messages.hpp"

#include "mail/mbox.hpp"

#include <array>
#include <cerrno>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace bonafide::cli {
namespace {

constexpr std::size_t most_path_bytes = 65536; // of one entry of a list
constexpr std::size_t buffer_bytes = 65536;

bool is_folder(const std::string& path) {
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

} // namespace

/// Finds where the messages of an mbox begin, some way ahead of who reads them.
class Messages::Mbox {
  public:
    Mbox(std::string name, std::shared_ptr<MessageFile> file)
        : name_(std::move(name)), file_(std::move(file)),
          splitter_([this](std::uint64_t offset) { begins_.push_back(offset); }, [](std::string_view) {}) {}

    [[nodiscard]] std::optional<Message> next() {
        if (auto read = read_ahead(); !read) {
            ended_ = true;
            begins_.clear();
            return Message{{name_}, std::unexpected(read.error())};
        }
        if (begins_.empty()) return std::nullopt;
        const std::uint64_t begin = begins_.front();
        begins_.pop_front();
        const bool only_one = begin == 0 && begins_.empty();
        // One "From " line is a mark that some delivery agents put on a message: nothing in it is known to be quoted.
        if (only_one) return Message{{name_}, MessageContent{file_}};
        const std::uint64_t end = begins_.empty() ? at_ : begins_.front();
        return Message{{name_, begin}, MessageContent{file_, begin, end, true}};
    }

  private:
    /// Until the message after next begins or the file ends.
    Expected<void> read_ahead() {
        std::array<char, buffer_bytes> buffer;
        while (!ended_ && begins_.size() < 2) {
            const auto got = file_->read(buffer, at_);
            if (!got) return std::unexpected(got.error());
            at_ += *got;
            if (*got > 0) {
                splitter_.feed({buffer.data(), *got});
            } else {
                splitter_.finish();
                ended_ = true;
            }
        }
        return {};
    }

    std::string name_;
    std::shared_ptr<MessageFile> file_;
    std::uint64_t at_ = 0;
    bool ended_ = false;
    std::deque<std::uint64_t> begins_; // as many as a buffer may hold
    mail::MboxSplitter splitter_;
};

Messages::Messages(MessageSources sources, std::istream& standard_input)
    : sources_(std::move(sources)), standard_input_(standard_input) {
    if (!sources_.list) return;
    list_ = &standard_input_;
    if (*sources_.list == "-") return;
    list_ = &list_file_;
    errno = 0;
    list_file_.open(*sources_.list, std::ios::binary);
    if (list_file_) return;
    list_ = nullptr;
    list_error_ = "cannot be opened: " + std::generic_category().message(errno);
}

Messages::~Messages() = default;

bool Messages::are_several() {
    if (sources_.paths.size() != 1 || sources_.list) return true;
    if (sources_.paths.front() != "-" && is_folder(sources_.paths.front())) return true;
    while (looked_ahead_.size() < 2) {
        auto message = pull();
        if (!message) break;
        looked_ahead_.push_back(std::move(*message));
    }
    return looked_ahead_.size() > 1;
}

std::optional<Message> Messages::next() {
    if (looked_ahead_.empty()) return pull();
    Message message = std::move(looked_ahead_.front());
    looked_ahead_.pop_front();
    return message;
}

std::optional<Message> Messages::pull() {
    for (;;) {
        if (mbox_) {
            if (auto message = mbox_->next()) return message;
            mbox_.reset();
        }
        if (folder_) {
            if (auto entry = folder_->next()) {
                if (!entry->error.empty()) return Message{{entry->path}, failure(std::move(entry->error))};
                auto file = MessageFile::open(entry->path);
                if (file && entry->in_maildir) return Message{{entry->path}, MessageContent{std::move(*file)}};
                if (auto message = open_file(entry->path, std::move(file))) return message;
                continue;
            }
            folder_.reset();
        }
        const auto path = next_path();
        if (!path) {
            if (!list_error_) return std::nullopt;
            return Message{{*sources_.list}, failure(*std::exchange(list_error_, std::nullopt))};
        }
        if (auto message = open(*path)) return message;
    }
}

/// A message, or none: then a folder or an mbox is open.
std::optional<Message> Messages::open(const std::string& path) {
    if (path == "-" && !from_list_) return open_file(path, MessageFile::of_stream(standard_input_));
    if (is_folder(path)) {
        folder_.emplace(path, sources_.output);
        return std::nullopt;
    }
    return open_file(path, MessageFile::open(path));
}

std::optional<Message> Messages::open_file(const std::string& name, Expected<std::shared_ptr<MessageFile>> file) {
    if (!file) return Message{{name}, std::unexpected(file.error())};
    const auto is_mbox = (*file)->begins_mbox();
    if (!is_mbox) return Message{{name}, std::unexpected(is_mbox.error())};
    if (!*is_mbox) return Message{{name}, MessageContent{std::move(*file)}};
    if (auto spooled = (*file)->spool(); !spooled) return Message{{name}, std::unexpected(spooled.error())};
    mbox_ = std::make_unique<Mbox>(name, std::move(*file));
    return std::nullopt;
}

std::optional<std::string> Messages::next_path() {
    if (next_path_ < sources_.paths.size()) return sources_.paths[next_path_++];
    if (list_ == nullptr) return std::nullopt;
    from_list_ = true;
    auto path = next_of_list();
    if (!path) list_ = nullptr;
    return path;
}

/// The next entry that is not empty.
std::optional<std::string> Messages::next_of_list() {
    std::string entry;
    for (int byte = list_->get(); byte != std::istream::traits_type::eof(); byte = list_->get()) {
        if (byte != sources_.list_separator) {
            entry += static_cast<char>(byte);
            if (entry.size() < most_path_bytes) continue;
            break; // no system opens a name that long: it ends as an error of its own
        }
        if (!entry.empty()) return entry;
    }
    if (entry.empty()) return std::nullopt;
    return entry;
}

} // namespace bonafide::cli
