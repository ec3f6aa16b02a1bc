// kvConfig.json, in the form that Apache's name server reads and writes:
// {"configTable":{"NAMESPACE":{"key":"value"}}}. Frozen: on disk.
#pragma once

#include "disk/files.h"

#include <filesystem>
#include <map>
#include <string>

#include <boost/system/result.hpp>

namespace gantry::namesrv {

using KvTable = std::map<std::string, std::string>;
using KvTables = std::map<std::string, KvTable>;  // by namespace

// No file: no entries. A file that is not whole is an error that names the byte and the ways out; it is
// never taken for an empty one.
boost::system::result<KvTables, disk::FileError> load_kv_file(disk::Files& files,
                                                              const std::filesystem::path& file);

std::string kv_file_text(KvTables tables);

}  // namespace gantry::namesrv
