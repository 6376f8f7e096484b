"""What tests share: servers, databases and SQL that makes a server look like Supabase."""
