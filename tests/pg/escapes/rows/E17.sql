-- rules: RFA-STORAGE-OPEN
-- attacks: storage-read storage-delete storage-plant storage-move-in
-- after phase 6
alter table storage.objects disable row level security;
