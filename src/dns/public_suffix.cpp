#include "dns/public_suffix.hpp"

#include "dns/name.hpp"

#include <libpsl.h>

namespace bonafide::dns {

struct PublicSuffixList::Data {
    psl_ctx_t* list;
    bool owned;
    Data(psl_ctx_t* l, bool o) : list(l), owned(o) {}
    Data(const Data&) = delete;
    Data& operator=(const Data&) = delete;
    ~Data() {
        if (owned) psl_free(list);
    }
};

PublicSuffixList::PublicSuffixList(std::unique_ptr<Data> data, std::string version, std::string file)
    : data_(std::move(data)), version_(std::move(version)), file_(std::move(file)) {}
PublicSuffixList::PublicSuffixList(PublicSuffixList&&) noexcept = default;
PublicSuffixList& PublicSuffixList::operator=(PublicSuffixList&&) noexcept = default;
PublicSuffixList::~PublicSuffixList() = default;

PublicSuffixList PublicSuffixList::system() {
    // psl_builtin() is a shared constant, and psl_latest() gives it too when the file is older or missing; it is not ours to free.
    auto* builtin = const_cast<psl_ctx_t*>(psl_builtin());
    psl_ctx_t* latest = psl_latest(nullptr);
    if (latest != nullptr && latest != builtin) {
        const char* known = psl_dist_filename();
        const std::string file = known == nullptr ? "" : known;
        return {std::make_unique<Data>(latest, true), "system " + file, file};
    }
    return {std::make_unique<Data>(builtin, false), std::string("libpsl ") + psl_get_version(), ""};
}

Expected<PublicSuffixList> PublicSuffixList::load(const std::string& path) {
    psl_ctx_t* list = psl_load_file(path.c_str());
    if (list == nullptr) return failure("cannot read a public suffix list from " + path);
    return PublicSuffixList(std::make_unique<Data>(list, true), path, path);
}

Expected<std::shared_ptr<const PublicSuffixList>> PublicSuffixList::open(const std::string& path) {
    if (path.empty()) return std::make_shared<const PublicSuffixList>(system());
    auto list = load(path);
    if (!list) return std::unexpected(list.error());
    return std::make_shared<const PublicSuffixList>(std::move(*list));
}

std::string PublicSuffixList::registrable(std::string_view name) const {
    const std::string normal = normalize(name);
    if (normal.empty() || normal.contains('\0')) return {};
    const char* domain = psl_registrable_domain(data_->list, normal.c_str());
    return domain == nullptr ? std::string() : std::string(domain);
}

std::string PublicSuffixList::organizational(std::string_view name) const {
    std::string domain = registrable(name);
    return domain.empty() ? normalize(name) : domain;
}

bool PublicSuffixList::is_public_suffix(std::string_view name) const { return registrable(name).empty(); }

} // namespace bonafide::dns
