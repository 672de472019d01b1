// `bonafide import PROGRAM PATH`: another program's configuration as ours (moving.hpp). Here its files are found and read.
#include "base/escape.hpp"
#include "cli/command.hpp"
#include "cli/moving.hpp"
#include "cli/plain_file.hpp"
#include "cli/table.hpp"
#include "io/system.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <ostream>
#include <system_error>

namespace bonafide::cli {
namespace {

namespace fs = std::filesystem;

std::string under_root(const std::string& root, const std::string& path) {
    return path.starts_with('/') ? root + path : path;
}

Expected<std::string> read_plain_file(const std::string& path) {
    if (const auto plain = check_plain_file(path); !plain) return failure(plain.error().text);
    return io::system::read_file(path, moving::most_file_bytes);
}

bool is_there(const std::string& path) {
    std::error_code error;
    return fs::exists(path, error);
}

bool is_folder(const std::string& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

/// Of a folder the file in it, or the one beside it: /etc/opendkim/opendkim.conf, else /etc/opendkim.conf.
std::string find_file(std::string path, std::string_view name) {
    if (!is_folder(path)) return path;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const std::string inside = fmt::format("{}/{}", path, name), beside = path + ".conf";
    return !is_there(inside) && is_there(beside) ? beside : inside;
}

moving::Files files_of(const Arguments& arguments) {
    std::string root = arguments.text("root").value_or("");
    while (root.ends_with('/')) root.pop_back();
    return {.read = [root](const std::string& path) { return read_plain_file(under_root(root, path)); },
            .exists = [root](const std::string& path) { return is_there(under_root(root, path)); },
            .root = root};
}

/// A table that could not be read leaves the answer incomplete.
Outcome finish(const moving::Conversion& conversion, const Arguments& arguments, Console& console) {
    const auto result = conversion.result();
    console.out << (arguments.has("json") ? moving::to_json(result) + "\n" : moving::to_toml(result));
    for (const moving::Unread& one : result.unread)
        console.err << fmt::format("{}: {}\n", escape::line(one.file), one.why);
    console.err << fmt::format("{}, {}, {} to import, {} without a counterpart, {} not read\n",
                               counted(result.differing.size(), "setting"), counted(result.rules.size(), "rule"),
                               counted(result.keys.size(), "key"), result.left_out.size(),
                               counted(result.unread.size(), "file"));
    return result.unread.empty() ? exit_code::done : exit_code::failed;
}

using Convert = void (*)(moving::Conversion&, std::string_view text, const std::string& path);

Outcome run_one_file(const Arguments& arguments, Console& console, std::string_view program, std::string_view name,
                     Convert convert) {
    const std::string path = find_file(*arguments.text("PATH"), name);
    const auto text = read_plain_file(path);
    if (!text) return cannot(fmt::format("{}: {}", escape::line(path), text.error().text));
    if (text->contains('\0')) return cannot(fmt::format("{}: is no text file", escape::line(path)));
    moving::Conversion conversion(program, files_of(arguments));
    convert(conversion, *text, path);
    return finish(conversion, arguments, console);
}

Outcome run_opendkim(const Arguments& arguments, Console& console) {
    return run_one_file(arguments, console, "OpenDKIM", "opendkim.conf", moving::convert_opendkim);
}
Outcome run_opendmarc(const Arguments& arguments, Console& console) {
    return run_one_file(arguments, console, "OpenDMARC", "opendmarc.conf", moving::convert_opendmarc);
}
Outcome run_policyd_spf(const Arguments& arguments, Console& console) {
    return run_one_file(arguments, console, "policyd-spf", "policyd-spf.conf", moving::convert_policyd_spf);
}

/// PATH is the file of the options, the folder of the white-lists, or the /etc that holds both.
Outcome run_postgrey(const Arguments& arguments, Console& console) {
    fs::path path = *arguments.text("PATH");
    if (!path.has_filename()) path = path.parent_path();
    fs::path options = path, lists = path.parent_path().parent_path() / "postgrey";
    if (is_folder(path)) {
        const bool is_etc = is_there(path / "default/postgrey");
        options = (is_etc ? path : path.parent_path()) / "default/postgrey";
        lists = is_etc ? path / "postgrey" : path;
    }
    std::string text;
    if (!is_folder(path) || is_there(options)) {
        auto read = read_plain_file(options);
        if (!read) return cannot(fmt::format("{}: {}", escape::line(options.string()), read.error().text));
        if (read->contains('\0')) return cannot(fmt::format("{}: is no text file", escape::line(options.string())));
        text = *std::move(read);
    } else if (!is_there(lists / "whitelist_clients") && !is_there(lists / "whitelist_recipients"))
        return cannot(fmt::format("{}: holds neither default/postgrey nor white-lists", escape::line(path.string())));
    moving::Files files = files_of(arguments);
    // Lists that no option names stand beside PATH, wherever the root is.
    const std::string own = lists.string() + '/';
    files.read = [own, read = std::move(files.read)](const std::string& file) {
        return file.starts_with(own) ? read_plain_file(file) : read(file);
    };
    files.exists = [own, exists = std::move(files.exists)](const std::string& file) {
        return file.starts_with(own) ? is_there(file) : exists(file);
    };
    moving::Conversion conversion("postgrey", std::move(files));
    moving::convert_postgrey(conversion, text, options.string(), lists.string());
    return finish(conversion, arguments, console);
}

std::vector<Option> options_of() {
    return {{.name = "root",
             .value = "FOLDER",
             .help = "absolute paths in the configuration begin here: it was copied from another machine"},
            json_option()};
}

constexpr std::string_view output_text =
    " Printed is a configuration of ours with the settings that differ from our defaults, each with the one it comes "
    "from above it; then, as comments, the keys to import, each setting that has no counterpart with what to do "
    "instead, and each file that could not be read (exit 1). Settings stand in their sections: where a "
    "section is there already, its lines go below that header; [[set]] and [[rule]] go below all sections. Nothing is "
    "changed. "
    "docs/moving-in.md has the steps.";

} // namespace

Command import_opendkim_command() {
    static const std::string text = fmt::format(
        "Reads opendkim.conf, with the files it includes and names: KeyTable, SigningTable, InternalHosts and the "
        "like.{}",
        output_text);
    return {.name = "import opendkim",
            .summary = "Print OpenDKIM's configuration as ours",
            .description = text,
            .examples = {{"import opendkim /etc/opendkim.conf", "What OpenDKIM does here, in our words"}},
            .positionals = {{.name = "PATH", .help = "opendkim.conf, or the folder it lies in or beside"}},
            .options = options_of(),
            .run = run_opendkim};
}

Command import_opendmarc_command() {
    static const std::string text = fmt::format("Reads opendmarc.conf, with the lists it names.{}", output_text);
    return {.name = "import opendmarc",
            .summary = "Print OpenDMARC's configuration as ours",
            .description = text,
            .examples = {{"import opendmarc /etc/opendmarc.conf", "What OpenDMARC does here, in our words"}},
            .positionals = {{.name = "PATH", .help = "opendmarc.conf, or the folder it lies in or beside"}},
            .options = options_of(),
            .run = run_opendmarc};
}

Command import_policyd_spf_command() {
    static const std::string text = fmt::format(
        "Reads policyd-spf.conf of postfix-policyd-spf-python. What it refuses becomes rules in a mode of their own.{}",
        output_text);
    return {.name = "import policyd-spf",
            .summary = "Print policyd-spf's configuration as ours",
            .description = text,
            .examples = {{"import policyd-spf /etc/postfix-policyd-spf-python/policyd-spf.conf",
                          "What policyd-spf does here, in our words"}},
            .positionals = {{.name = "PATH", .help = "policyd-spf.conf, or its folder"}},
            .options = options_of(),
            .run = run_policyd_spf};
}

Command import_postgrey_command() {
    static const std::string text =
        fmt::format("Reads the options of /etc/default/postgrey and the white-lists of /etc/postgrey.{}", output_text);
    return {.name = "import postgrey",
            .summary = "Print postgrey's options and white-lists as ours",
            .description = text,
            .examples = {{"import postgrey /etc", "Both, from /etc/default/postgrey and /etc/postgrey"}},
            .positionals = {{.name = "PATH",
                             .help = "the file of the options, the folder of the white-lists, or the folder that "
                                     "holds default/postgrey and postgrey/"}},
            .options = options_of(),
            .run = run_postgrey};
}

} // namespace bonafide::cli
