// `verify` over many messages: a line each, in parallel, in the order they are done; can be interrupted and resumed.
#pragma once

#include "cli/command.hpp"
#include "cli/messages.hpp"
#include "engine/settings.hpp"

#include <expected>
#include <memory>
#include <vector>

namespace bonafide::cli {

/// PATH and the options that only a run over many messages has: they are added to `verify`'s own.
[[nodiscard]] std::vector<Positional> message_paths();
[[nodiscard]] std::vector<Option> with_many_options(std::vector<Option> own);

/// What the command line names; wrong usage when that is nothing or contradicts itself.
[[nodiscard]] std::expected<MessageSources, Failure> message_sources(const Arguments& arguments);

/// One message only, and nothing asks for the forms of many: `verify` does as it does with a file.
[[nodiscard]] bool is_one_message(const Arguments& arguments, Messages& messages);

/// All of them. `messages` is as message_sources() says.
[[nodiscard]] Outcome verify_many(const Arguments& arguments, Messages& messages, const engine::Settings& settings,
                                  Console& console);

} // namespace bonafide::cli
