CREATE TABLE public.categories (
    category_id smallint NOT NULL,
    category_name character varying(15) NOT NULL,
    description text,
    client_id uuid NOT NULL
);

CREATE TABLE public.customers (
    customer_id character varying(5) NOT NULL,
    company_name character varying(40) NOT NULL,
    contact_name character varying(30),
    country character varying(15),
    client_id uuid NOT NULL
);

CREATE TABLE public.employee_territories (
    employee_id smallint NOT NULL,
    territory_id character varying(20) NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.employees (
    employee_id smallint NOT NULL,
    last_name character varying(20) NOT NULL,
    first_name character varying(10) NOT NULL,
    title character varying(30),
    reports_to smallint,
    client_id uuid NOT NULL
);

CREATE TABLE public.order_details (
    order_id smallint NOT NULL,
    product_id smallint NOT NULL,
    unit_price real NOT NULL,
    quantity smallint NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.orders (
    order_id smallint NOT NULL,
    customer_id character varying(5),
    employee_id smallint,
    order_date date,
    ship_via smallint,
    client_id uuid NOT NULL
);

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.products (
    product_id smallint NOT NULL,
    product_name character varying(40) NOT NULL,
    supplier_id smallint,
    category_id smallint,
    unit_price real,
    discontinued integer DEFAULT 0 NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.region (
    region_id smallint NOT NULL,
    region_description character varying(60) NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.shippers (
    shipper_id smallint NOT NULL,
    company_name character varying(40) NOT NULL,
    phone character varying(24),
    client_id uuid NOT NULL
);

CREATE TABLE public.suppliers (
    supplier_id smallint NOT NULL,
    company_name character varying(40) NOT NULL,
    country character varying(15),
    client_id uuid NOT NULL
);

CREATE TABLE public.territories (
    territory_id character varying(20) NOT NULL,
    territory_description character varying(60) NOT NULL,
    region_id smallint NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.us_states (
    state_id smallint NOT NULL,
    state_name character varying(100),
    state_abbr character varying(2),
    client_id uuid NOT NULL
);

CREATE TABLE public.user_organizations (
    user_id smallint NOT NULL,
    organization_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    is_home boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.categories
    ADD CONSTRAINT categories_pkey PRIMARY KEY (category_id);

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (customer_id);

ALTER TABLE ONLY public.employee_territories
    ADD CONSTRAINT employee_territories_pkey PRIMARY KEY (employee_id, territory_id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_pkey PRIMARY KEY (employee_id);

ALTER TABLE ONLY public.order_details
    ADD CONSTRAINT order_details_pkey PRIMARY KEY (order_id, product_id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (product_id);

ALTER TABLE ONLY public.region
    ADD CONSTRAINT region_pkey PRIMARY KEY (region_id);

ALTER TABLE ONLY public.shippers
    ADD CONSTRAINT shippers_pkey PRIMARY KEY (shipper_id);

ALTER TABLE ONLY public.suppliers
    ADD CONSTRAINT suppliers_pkey PRIMARY KEY (supplier_id);

ALTER TABLE ONLY public.territories
    ADD CONSTRAINT territories_pkey PRIMARY KEY (territory_id);

ALTER TABLE ONLY public.us_states
    ADD CONSTRAINT us_states_pkey PRIMARY KEY (state_id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

CREATE INDEX categories_client_id_category_id_idx ON public.categories USING btree (client_id, category_id);

CREATE INDEX customers_client_id_customer_id_idx ON public.customers USING btree (client_id, customer_id);

CREATE INDEX employee_territories_client_id_employee_id_territory_id_idx ON public.employee_territories USING btree (client_id, employee_id, territory_id);

CREATE INDEX employees_client_id_employee_id_idx ON public.employees USING btree (client_id, employee_id);

CREATE INDEX order_details_client_id_order_id_product_id_idx ON public.order_details USING btree (client_id, order_id, product_id);

CREATE INDEX orders_client_id_order_id_idx ON public.orders USING btree (client_id, order_id);

CREATE INDEX products_client_id_product_id_idx ON public.products USING btree (client_id, product_id);

CREATE INDEX region_client_id_region_id_idx ON public.region USING btree (client_id, region_id);

CREATE INDEX shippers_client_id_shipper_id_idx ON public.shippers USING btree (client_id, shipper_id);

CREATE INDEX suppliers_client_id_supplier_id_idx ON public.suppliers USING btree (client_id, supplier_id);

CREATE INDEX territories_client_id_territory_id_idx ON public.territories USING btree (client_id, territory_id);

CREATE INDEX us_states_client_id_state_id_idx ON public.us_states USING btree (client_id, state_id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.categories DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_categories();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.customers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_customers();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.employee_territories DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_employee_territories();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.employees DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_employees();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.order_details DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_order_details();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_orders();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.products DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_products();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.region DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_region();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.shippers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_shippers();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.suppliers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_suppliers();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.territories DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_territories();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.us_states DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_us_states();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.employees FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.categories FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_categories();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.customers FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_customers();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.employee_territories FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_employee_territories();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.employees FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_employees();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.order_details FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_order_details();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_orders();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.products FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_products();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.region FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_region();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.shippers FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_shippers();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.suppliers FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_suppliers();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.territories FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_territories();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.us_states FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_us_states();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.categories FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_categories();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.customers FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_customers();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.employee_territories FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_employee_territories();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.employees FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_employees();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.order_details FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_order_details();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.orders FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_orders();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.products FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_products();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.region FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_region();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.shippers FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_shippers();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.suppliers FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_suppliers();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.territories FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_territories();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.us_states FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.fill_public_us_states();

ALTER TABLE ONLY public.categories
    ADD CONSTRAINT categories_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.employee_territories
    ADD CONSTRAINT employee_territories_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.employee_territories
    ADD CONSTRAINT employee_territories_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employees(employee_id);

ALTER TABLE ONLY public.employee_territories
    ADD CONSTRAINT employee_territories_territory_id_fkey FOREIGN KEY (territory_id) REFERENCES public.territories(territory_id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_reports_to_fkey FOREIGN KEY (reports_to) REFERENCES public.employees(employee_id);

ALTER TABLE ONLY public.order_details
    ADD CONSTRAINT order_details_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.order_details
    ADD CONSTRAINT order_details_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(order_id);

ALTER TABLE ONLY public.order_details
    ADD CONSTRAINT order_details_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products(product_id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(customer_id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employees(employee_id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_ship_via_fkey FOREIGN KEY (ship_via) REFERENCES public.shippers(shipper_id);

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES public.categories(category_id);

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_supplier_id_fkey FOREIGN KEY (supplier_id) REFERENCES public.suppliers(supplier_id);

ALTER TABLE ONLY public.region
    ADD CONSTRAINT region_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.shippers
    ADD CONSTRAINT shippers_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.suppliers
    ADD CONSTRAINT suppliers_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.territories
    ADD CONSTRAINT territories_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.territories
    ADD CONSTRAINT territories_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(region_id);

ALTER TABLE ONLY public.us_states
    ADD CONSTRAINT us_states_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.employees(employee_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
