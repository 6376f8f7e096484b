-- A trading company: customers, employees, orders. Nobody signs in, so no table is the users for certain.
create table public.categories (category_id smallint primary key, category_name varchar(15) not null, description text);
create table public.region (region_id smallint primary key, region_description varchar(60) not null);
create table public.territories (
  territory_id varchar(20) primary key, territory_description varchar(60) not null,
  region_id smallint not null references public.region
);
create table public.shippers (shipper_id smallint primary key, company_name varchar(40) not null, phone varchar(24));
create table public.suppliers (supplier_id smallint primary key, company_name varchar(40) not null, country varchar(15));
create table public.customers (
  customer_id varchar(5) primary key, company_name varchar(40) not null, contact_name varchar(30), country varchar(15)
);
create table public.employees (
  employee_id smallint primary key, last_name varchar(20) not null, first_name varchar(10) not null, title varchar(30),
  reports_to smallint references public.employees
);
create table public.employee_territories (
  employee_id smallint not null references public.employees, territory_id varchar(20) not null references public.territories,
  primary key (employee_id, territory_id)
);
create table public.products (
  product_id smallint primary key, product_name varchar(40) not null,
  supplier_id smallint references public.suppliers, category_id smallint references public.categories,
  unit_price real, discontinued integer not null default 0
);
create table public.orders (
  order_id smallint primary key, customer_id varchar(5) references public.customers,
  employee_id smallint references public.employees, order_date date, ship_via smallint references public.shippers
);
create table public.order_details (
  order_id smallint not null references public.orders, product_id smallint not null references public.products,
  unit_price real not null, quantity smallint not null, primary key (order_id, product_id)
);
create table public.us_states (state_id smallint primary key, state_name varchar(100), state_abbr varchar(2));

insert into public.categories select i, 'Category ' || i from generate_series(1, 8) i;
insert into public.region select i, 'Region ' || i from generate_series(1, 4) i;
insert into public.territories select to_char(i, 'FM00000'), 'Territory ' || i, i % 4 + 1 from generate_series(1, 50) i;
insert into public.shippers select i, 'Shipper ' || i from generate_series(1, 6) i;
insert into public.suppliers select i, 'Supplier ' || i, 'Land ' || i % 9 from generate_series(1, 29) i;
insert into public.customers select 'C' || to_char(i, 'FM0000'), 'Customer ' || i, 'Contact ' || i, 'Land ' || i % 9 from generate_series(1, 91) i;
insert into public.employees select i, 'Last ' || i, 'First ' || i, 'Sales', null from generate_series(1, 9) i;
update public.employees set reports_to = 2 where employee_id <> 2;
insert into public.employee_territories select i % 9 + 1, to_char(i, 'FM00000') from generate_series(1, 49) i;
insert into public.products select i, 'Product ' || i, i % 29 + 1, i % 8 + 1, i from generate_series(1, 77) i;
insert into public.orders
select i, 'C' || to_char(i % 91 + 1, 'FM0000'), i % 9 + 1, date '2020-01-01' + i, i % 6 + 1 from generate_series(1, 300) i;
insert into public.order_details select o, (o * 7 + p) % 77 + 1, 10, p from generate_series(1, 300) o, generate_series(1, 3) p;
insert into public.us_states select i, 'State ' || i, 'S' || i % 10 from generate_series(1, 51) i;
