#include "namesrv/kv_file.h"

#include "remoting/bodies/kv_table.h"

#include <utility>

namespace gantry::namesrv {

boost::system::result<KvTables, disk::FileError> load_kv_file(disk::Files& files,
                                                              const std::filesystem::path& file) {
  auto text = files.read(file);
  if (!text)
    return disk::FileError{"cannot read the KV config " + file.string() + ": " + text.error().message()};
  if (!text->has_value()) return KvTables{};

  remoting::KVConfigSerializeWrapper whole;
  const auto read = remoting::read_json(**text, whole);
  if (read) return std::move(whole.config_table);
  return disk::FileError{
      "the KV config " + file.string() + " is damaged: " + read.error().str() +
      ". Nothing was changed. Put a sound copy in its place (Apache's name server keeps the one "
      "before as " +
      file.filename().string() + ".bak), or move it away to start without KV entries"};
}

std::string kv_file_text(KvTables tables) {
  return remoting::to_json(remoting::KVConfigSerializeWrapper{std::move(tables)});
}

}  // namespace gantry::namesrv
