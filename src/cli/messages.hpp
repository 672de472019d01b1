// Where the messages of `verify` come from: files, mboxes, Maildirs, folders, standard input, a list of such.
//     Messages messages(sources, standard_input);
//     if (messages.are_several()) ...;  while (auto message = messages.next()) ...
// One thread pulls; what is pulled may be read on another. Memory has a bound whatever the number of messages and their sizes.
#pragma once

#include "cli/folder_walk.hpp"
#include "cli/message_content.hpp"

#include <cstdint>
#include <deque>
#include <fstream>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bonafide::cli {

/// What tells a message from all others of a run.
struct MessageName {
    std::string file;
    std::optional<std::uint64_t> offset{}; ///< of its "From " line in an mbox with several messages

    bool operator==(const MessageName&) const = default;
};

struct Message {
    MessageName name;
    Expected<MessageContent> content; ///< or why it cannot be read
};

/// What the command line names.
struct MessageSources {
    std::vector<std::string> paths;    ///< "-" is one message, or an mbox, on standard input
    std::optional<std::string> list{}; ///< a file of further paths; "-": on standard input
    char list_separator = '\n';
    std::optional<std::string> output{}; ///< what the run writes, no message of a folder that holds it
};

class Messages {
  public:
    Messages(MessageSources sources, std::istream& standard_input);
    ~Messages();
    Messages(const Messages&) = delete;
    Messages& operator=(const Messages&) = delete;

    /// False when there is one path and it is one message (or cannot be read). Looks ahead as far as that needs.
    [[nodiscard]] bool are_several();
    [[nodiscard]] std::optional<Message> next();

  private:
    class Mbox;
    [[nodiscard]] std::optional<Message> pull();
    [[nodiscard]] std::optional<std::string> next_path();
    [[nodiscard]] std::optional<std::string> next_of_list();
    [[nodiscard]] std::optional<Message> open(const std::string& path);
    [[nodiscard]] std::optional<Message> open_file(const std::string& name,
                                                   Expected<std::shared_ptr<MessageFile>> file);

    MessageSources sources_;
    std::istream& standard_input_;
    std::size_t next_path_ = 0;
    bool from_list_ = false; // the path that was given last
    std::ifstream list_file_;
    std::istream* list_ = nullptr;
    std::optional<std::string> list_error_;
    std::optional<FolderWalk> folder_;
    std::unique_ptr<Mbox> mbox_;
    std::deque<Message> looked_ahead_; // at most two
};

} // namespace bonafide::cli
