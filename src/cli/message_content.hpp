// Files with messages in them. Reading streams: nothing is held but a buffer.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::cli {

/// An open file. Several threads may read a regular one at once; anything else (a pipe, standard input) is read from its beginning to
/// its end, by one.
class MessageFile {
  public:
    [[nodiscard]] static Expected<std::shared_ptr<MessageFile>> open(const std::string& path);
    /// Standard input, which must outlive it.
    [[nodiscard]] static std::shared_ptr<MessageFile> of_stream(std::istream& stream);
    MessageFile(const MessageFile&) = delete;
    MessageFile& operator=(const MessageFile&) = delete;
    ~MessageFile();

    /// It begins with a "From " line. Looks at the first bytes and leaves them to be read.
    [[nodiscard]] Expected<bool> begins_mbox();
    /// A pipe's content into a nameless temporary file, so that it can be read at any place.
    [[nodiscard]] Expected<void> spool();
    /// Bytes from `offset` on, 0 at the end; where the file cannot seek, `offset` must be where the last read() ended.
    [[nodiscard]] Expected<std::size_t> read(std::span<char> buffer, std::uint64_t offset);

  private:
    MessageFile(int descriptor, std::istream* stream);
    [[nodiscard]] Expected<std::size_t> read_on(std::span<char> buffer);

    int descriptor_;
    std::istream* stream_;
    bool seekable_ = false;
    std::string head_; // of what cannot seek: looked at, not read yet
};

/// One message: a file, or a range of an mbox.
struct MessageContent {
    static constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

    std::shared_ptr<MessageFile> file;
    std::uint64_t begin = 0;
    std::uint64_t end = to_the_end;
    bool in_mbox = false; ///< from the "From " line on, quoted

    /// Hands the message to `sink` piece by piece until that returns false; how many bytes of the file this took.
    [[nodiscard]] Expected<std::uint64_t> pour(const std::function<bool(std::string_view)>& sink) const;
    /// All of it; that nothing is in it is an error too.
    [[nodiscard]] Expected<void> pour_whole(const std::function<void(std::string_view)>& sink) const;
};

} // namespace bonafide::cli
