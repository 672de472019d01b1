#include "cli/message_content.hpp"

#include "mail/mbox.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <istream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace bonafide::cli {
namespace {

constexpr std::size_t buffer_bytes = 65536;
constexpr std::size_t head_bytes = 64; // enough for mail::begins_mbox

std::string because(std::string_view what) { return std::string(what) + ": " + std::generic_category().message(errno); }

} // namespace

MessageFile::MessageFile(int descriptor, std::istream* stream) : descriptor_(descriptor), stream_(stream) {
    struct stat about{};
    seekable_ = stream == nullptr && ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

MessageFile::~MessageFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Expected<std::shared_ptr<MessageFile>> MessageFile::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return failure(because("cannot be opened"));
    return std::shared_ptr<MessageFile>(new MessageFile(descriptor, nullptr));
}

std::shared_ptr<MessageFile> MessageFile::of_stream(std::istream& stream) {
    return std::shared_ptr<MessageFile>(new MessageFile(-1, &stream));
}

/// The next bytes of what cannot seek.
Expected<std::size_t> MessageFile::read_on(std::span<char> buffer) {
    if (stream_ != nullptr) {
        stream_->read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        if (stream_->bad()) return failure("cannot be read");
        return static_cast<std::size_t>(stream_->gcount());
    }
    for (;;) {
        const ssize_t got = ::read(descriptor_, buffer.data(), buffer.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return failure(because("cannot be read"));
    }
}

Expected<std::size_t> MessageFile::read(std::span<char> buffer, std::uint64_t offset) {
    if (!head_.empty()) {
        const std::size_t count = std::min(buffer.size(), head_.size());
        std::copy_n(head_.begin(), count, buffer.begin());
        head_.erase(0, count);
        return count;
    }
    if (!seekable_) return read_on(buffer);
    for (;;) {
        const ssize_t got = ::pread(descriptor_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return failure(because("cannot be read"));
    }
}

Expected<bool> MessageFile::begins_mbox() {
    std::array<char, head_bytes> head{};
    std::size_t size = 0;
    while (size < head.size()) {
        const auto got = read(std::span(head).subspan(size), size);
        if (!got) return std::unexpected(got.error());
        if (*got == 0) break;
        size += *got;
    }
    if (!seekable_) head_.assign(head.data(), size);
    return mail::begins_mbox({head.data(), size});
}

Expected<void> MessageFile::spool() {
    if (seekable_) return {};
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> copy(std::tmpfile(), std::fclose);
    if (!copy) return failure(because("cannot be copied to a temporary file"));
    std::array<char, buffer_bytes> buffer;
    for (;;) {
        const auto got = read(buffer, 0);
        if (!got) return std::unexpected(got.error());
        if (*got == 0) break;
        if (std::fwrite(buffer.data(), 1, *got, copy.get()) != *got)
            return failure(because("cannot be copied to a temporary file"));
    }
    const int descriptor = std::fflush(copy.get()) == 0 ? ::fcntl(::fileno(copy.get()), F_DUPFD_CLOEXEC, 0) : -1;
    if (descriptor < 0) return failure(because("cannot be copied to a temporary file"));
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = descriptor;
    stream_ = nullptr;
    seekable_ = true;
    return {};
}

Expected<std::uint64_t> MessageContent::pour(const std::function<bool(std::string_view)>& sink) const {
    bool wanted = true;
    const auto hand_on = [&](std::string_view text) { wanted = wanted && sink(text); };
    mail::MboxSplitter unquote([](std::uint64_t) {}, hand_on);
    std::array<char, buffer_bytes> buffer;
    std::uint64_t at = begin;
    while (wanted && at < end) {
        const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - at));
        const auto got = file->read(std::span(buffer).first(most), at);
        if (!got) return std::unexpected(got.error());
        if (*got == 0) break;
        at += *got;
        if (in_mbox)
            unquote.feed({buffer.data(), *got});
        else
            hand_on({buffer.data(), *got});
    }
    if (in_mbox) unquote.finish();
    return at - begin;
}

Expected<void> MessageContent::pour_whole(const std::function<void(std::string_view)>& sink) const {
    const auto read = pour([&](std::string_view text) {
        sink(text);
        return true;
    });
    if (!read) return std::unexpected(read.error());
    if (*read == 0) return failure("is empty: there is no message in it");
    return {};
}

} // namespace bonafide::cli
