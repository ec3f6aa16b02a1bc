// metadata.db in the broker's data directory: made whole or not at all, checked before it is used, and never
// taken for an empty one.
//
// Thread: the one that starts the broker.
#pragma once

#include "kernel/database.h"
#include "kernel/entry_table.h"
#include "logging/logger.h"

#include <filesystem>
#include <memory>
#include <string>

namespace gantry::kernel {

inline std::filesystem::path metadata_file(const std::filesystem::path& data_dir) {
  return data_dir / "metadata.db";
}

// Opens it. Where there is none, makes it, with what Apache's files in data_dir/config/ hold; it gets its
// name once all of that is in it. Refused: it is damaged, another program's, or of a later version; or
// Apache's files are torn.
Result<std::unique_ptr<Database>> open_metadata_file(const std::filesystem::path& data_dir,
                                                     logging::Logger& log);

// What an operator can do about `why`, when the file could not be read.
api::Refusal unusable_metadata(const std::filesystem::path& file, const api::Refusal& why);

}  // namespace gantry::kernel
