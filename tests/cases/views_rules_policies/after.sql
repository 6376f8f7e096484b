CREATE FUNCTION public.add_title() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin insert into public.posts (id, title) values (new.id, new.title); return new; end $$;

CREATE FUNCTION public.copy_post(bigint) RETURNS void
    LANGUAGE sql
    AS $_$ insert into public.posts (id, author_id, title) select id + 100000, author_id, title from public.posts where id = $1 $_$;

CREATE TABLE public.posts (
    id bigint NOT NULL,
    author_id uuid,
    title text,
    body text,
    client_id uuid NOT NULL
);

COMMENT ON TABLE public.posts IS 'what people write';

COMMENT ON COLUMN public.posts.title IS 'shown in lists';

CREATE MATERIALIZED VIEW public.counts AS
 SELECT author_id,
    count(*) AS n
   FROM public.posts
  GROUP BY author_id
  WITH NO DATA;

CREATE VIEW public.everything AS
 SELECT id,
    author_id,
    title,
    body
   FROM public.posts;

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.post_log (
    id bigint NOT NULL,
    post_id bigint,
    at timestamp with time zone DEFAULT now(),
    client_id uuid NOT NULL
);

ALTER TABLE public.post_log ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.post_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW public.titles AS
 SELECT id,
    title
   FROM public.posts;

CREATE TABLE public.user_organizations (
    user_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    is_home boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text NOT NULL
);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.post_log
    ADD CONSTRAINT post_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX counts_author_id_idx ON public.counts USING btree (author_id);

CREATE INDEX post_log_client_id_id_idx ON public.post_log USING btree (client_id, id);

CREATE INDEX posts_client_id_id_idx ON public.posts USING btree (client_id, id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE RULE log_deletes AS
    ON DELETE TO public.posts DO  INSERT INTO public.post_log (post_id)
  VALUES (old.id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.post_log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_post_log();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.posts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_posts();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER add_title INSTEAD OF INSERT ON public.titles FOR EACH ROW EXECUTE FUNCTION public.add_title();

CREATE TRIGGER ringfence_carry_public_post_log_post_id AFTER UPDATE ON public.posts FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.ringfence_carry_public_post_log_post_id();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.post_log FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_post_log();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.posts FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_posts();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.post_log FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.post_id IS DISTINCT FROM new.post_id))) EXECUTE FUNCTION ringfence.fill_public_post_log();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.posts FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.author_id IS DISTINCT FROM new.author_id))) EXECUTE FUNCTION ringfence.fill_public_posts();

CREATE TRIGGER zzz_ringfence_hand_over BEFORE UPDATE ON public.posts FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.hand_over_public_posts();

ALTER TABLE ONLY public.post_log
    ADD CONSTRAINT post_log_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

CREATE POLICY "own rows" ON public.posts TO rf_case_reader USING (((author_id)::text = current_setting('app.user'::text, true))) WITH CHECK (((author_id)::text = current_setting('app.user'::text, true)));

ALTER TABLE public.posts ENABLE ROW LEVEL SECURITY;

CREATE POLICY "read all" ON public.posts FOR SELECT USING (true);

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
