// The Public Suffix List (libpsl): where registrations happen. Immutable after loading; shared by all threads.
#pragma once

#include "base/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace bonafide::dns {

class PublicSuffixList {
  public:
    /// The list of the system: Debian's publicsuffix package when newer, else the one built into libpsl. Never fails.
    [[nodiscard]] static PublicSuffixList system();
    /// A list file in publicsuffix.org's format (or its compiled dafsa form).
    [[nodiscard]] static Expected<PublicSuffixList> load(const std::string& path);

    /// As a setting names it: load(path), or system() when `path` is empty; ready to be shared.
    [[nodiscard]] static Expected<std::shared_ptr<const PublicSuffixList>> open(const std::string& path);

    PublicSuffixList(PublicSuffixList&&) noexcept;
    PublicSuffixList& operator=(PublicSuffixList&&) noexcept;
    ~PublicSuffixList();

    /// The registrable domain (public suffix plus one label) of a normalized A-label name; "" when the name is itself a public suffix.
    /// `name` may be any case; the result is a suffix of it, lower case. Names that no rule matches follow the default rule "*".
    [[nodiscard]] std::string registrable(std::string_view name) const;
    /// RFC 7489 3.2: registrable(), or the name itself when it is a public suffix.
    [[nodiscard]] std::string organizational(std::string_view name) const;
    [[nodiscard]] bool is_public_suffix(std::string_view name) const;
    /// What the list calls itself: file name and time, for transcripts.
    [[nodiscard]] const std::string& version() const { return version_; }
    /// Where it was read from; empty: built into libpsl.
    [[nodiscard]] const std::string& file() const { return file_; }

  private:
    struct Data;
    PublicSuffixList(std::unique_ptr<Data> data, std::string version, std::string file);
    std::unique_ptr<Data> data_;
    std::string version_;
    std::string file_;
};

} // namespace bonafide::dns
