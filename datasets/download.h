// Fetches the published data sets: with curl, from the first mirror that answers, going on where an interrupted
// download stopped. A file gets its name only when its SHA-256 is right, an archive's folder only when it is unpacked
// whole: what lies there under its name is complete.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace normlab {

struct RemoteFile {
    std::string name, sha256;
};

struct RemoteSet {
    std::string name;
    std::vector<std::string> mirrors;  // addresses of folders that hold the files, tried in this order
    std::vector<RemoteFile> files;
    std::string unpacks_to;  // the folder in the only file, a .tar.gz; empty: the files are used as they are
};

// mnist, fashion_mnist, cifar10, cifar100.
const RemoteSet& remote_set(const std::string& name);
std::vector<std::string> remote_set_names();

struct DownloadOptions {
    bool progress = false;                             // curl draws its bar on stderr
    std::function<void(const std::string&)> say = {};  // told what is done: "fetching https://…"
};

// Brings the set into `dir`, which is made where it does not exist. Returns where the set lies.
std::filesystem::path download(const RemoteSet& set, const std::filesystem::path& dir,
                               const DownloadOptions& options = {});

}  // namespace normlab
