// Fetches the published data sets: with curl, from the first mirror that answers, resuming an interrupted download. A
// file gets its name only once its SHA-256 is right, an archive's folder only once it is fully unpacked: whatever has
// its name is complete.
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
    std::string unpacks_to;  // the folder in the only file, a .tar.gz; empty: the files are used unchanged
};

// mnist, fashion_mnist, cifar10, cifar100.
const RemoteSet& remote_set(const std::string& name);
std::vector<std::string> remote_set_names();

struct DownloadOptions {
    bool progress = false;                             // curl draws its bar on stderr
    std::function<void(const std::string&)> say = {};  // called with what is done: "fetching https://…"
};

// Fetches the set into `dir`, which is created if it does not exist. Returns where the set is.
std::filesystem::path download(const RemoteSet& set, const std::filesystem::path& dir,
                               const DownloadOptions& options = {});

}  // namespace normlab
