#include <unistd.h>

#include <iostream>

#include "datasets/datasets.h"
#include "datasets/download.h"
#include "framework/support/json_reader.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct DataGiven {
    std::string name, dir, mirror;
};

void check_name(const std::string& name) {
    const auto known = remote_set_names();
    if (std::ranges::find(known, name) != known.end()) return;
    const auto all = data_set_names();
    if (std::ranges::find(all, name) != all.end())
        throw UsageError(name + " is made " + (needs_files(name) ? "of your own images" : "by the program itself") +
                         ": there is nothing to download");
    const std::string near = nearest(name, known);
    throw UsageError("there is no data set \"" + name + "\"; " +
                     (near.empty() ? "" : "did you mean \"" + near + "\"? ") + "known: " + listed(known));
}

// What to do where there is no network.
std::string by_hand(const RemoteSet& set, const std::filesystem::path& dir) {
    std::string text =
        "By hand: place in " + dir.string() + ", from " + set.mirrors.front() + ", with these SHA-256,\n";
    for (const RemoteFile& file : set.files) text += "  " + file.name + "  " + file.sha256 + "\n";
    return text + "and run the same command again: it checks the sums" +
           (set.unpacks_to.empty() ? "" : " and unpacks") + ".\n";
}

int fetch(const DataGiven& given) {
    check_name(given.name);
    const std::filesystem::path dir = given.dir.empty() ? "data/" + given.name : given.dir;
    const auto say = [](const std::string& text) { std::cerr << text << '\n'; };
    RemoteSet set = remote_set(given.name);
    if (!given.mirror.empty()) set.mirrors = {given.mirror};
    try {
        const auto place = download(set, dir, {.progress = ::isatty(STDERR_FILENO) == 1, .say = say});
        std::cout << given.name << " lies in " << place.string() << '\n';
    } catch (const Error&) {
        std::cerr << by_hand(set, dir);
        throw;
    }
    return 0;
}

}  // namespace

Work define_data(Arguments& arguments) {
    const auto given = std::make_shared<DataGiven>();
    arguments.word("NAME", given->name, listed(remote_set_names()));
    arguments.option("--dir", "DIR", given->dir, "where to put it (default: data/NAME)");
    arguments.option("--mirror", "URL", given->mirror, "fetch from this folder of a server instead");
    arguments.footer(
        "A download that was interrupted is resumed; what is there already is not\n"
        "fetched again. Every file's checksum is verified.\n\n"
        "example:\n  normlab data mnist");
    return [given] { return fetch(*given); };
}

}  // namespace normlab
