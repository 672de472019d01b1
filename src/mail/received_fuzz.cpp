// Any bytes as Received and Return-Path: nothing but what the topmost from-clause says is given, and HELO is part of it.
#include "mail/received.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide;
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    mail::HeaderBlock header;
    header.add("Received", value);
    header.add("Return-Path", value);
    const auto alone = mail::read_stored_envelope(header);
    if (!alone.mail_from || value.find(alone.helo) == std::string_view::npos) std::abort();
    header.add("Received", " from below.example (below.example [192.0.2.1]) by x");
    const auto with_another = mail::read_stored_envelope(header);
    // A field with a from-clause decides, unless it tells of loopback: then the one below was read too.
    const bool decides = alone.fields_read > 0 && alone.fields_read == with_another.fields_read;
    if ((decides || alone.client) && (alone.helo != with_another.helo || alone.client != with_another.client))
        std::abort();
    return 0;
}
