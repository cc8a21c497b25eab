import random, time
from tests.greenroom_schools.datasets.onisep_files import desk as desk
from greenroom.db.compile import shape_sql
from greenroom.write import formats, put
from greenroom.write.parse import recognise
from greenroom.db.connection import begin
from greenroom_schools.pack import pack

HEADER="id_mutation,date_mutation,numero_disposition,nature_mutation,valeur_fonciere,adresse_numero,adresse_suffixe,adresse_nom_voie,adresse_code_voie,code_postal,code_commune,nom_commune,code_departement,ancien_code_commune,ancien_nom_commune,id_parcelle,ancien_id_parcelle,numero_volume,lot1_numero,lot1_surface_carrez,lot2_numero,lot2_surface_carrez,lot3_numero,lot3_surface_carrez,lot4_numero,lot4_surface_carrez,lot5_numero,lot5_surface_carrez,nombre_lots,code_type_local,type_local,surface_reelle_bati,nombre_pieces_principales,code_nature_culture,nature_culture,code_nature_culture_speciale,nature_culture_speciale,surface_terrain,longitude,latitude\n"
def test_two_million(desk):
    r=random.Random(1); p=desk.folder/"dvf.csv"; n=0
    with p.open("w") as f:
        f.write(HEADER)
        m=0
        while n<2_000_000:
            m+=1
            dep=r.choice([f"{d:02d}" for d in range(1,96) if d!=20]); com=f"{dep}{r.randint(1,400):03d}"
            price=r.randint(50000,500000)
            k=r.choice((1,1,1,2,2,3,4,6))
            for i in range(k):
                t,a=r.choice((("Maison",r.randint(50,200)),("Appartement",r.randint(20,100)),("Dépendance",""),("","")))
                f.write(f"2023-{m},2023-{r.randint(1,12):02d}-{r.randint(1,28):02d},000001,Vente,{price},12,,RUE DE LA GARE,0105,{dep}000,{com},Commune,{dep},,,{com}0000B{r.randint(1,3):04d},,,,,,,,,,,,,0,1,{t},{a},3,S,sols,,,{r.randint(100,105)},-0.12,45.01\n"); n+=1
    print("rows",n, p.stat().st_size)
    d=pack.dataset("mutations_immo")
    with p.open("rb") as raw, formats.looked_into(raw) as file, begin(desk.conn):
        desk.conn.execute("set local statement_timeout = 0")
        t=time.time(); read=recognise(file,d); print("recognise",time.time()-t)
        cols=[c.name for c in read.form.columns]
        t=time.time(); put._landed(desk.conn,"landed",cols,read,d); print("copy",time.time()-t)
        for wm in ("4MB","128MB"):
            desk.conn.execute(f"set local work_mem='{wm}'"); desk.conn.execute("set local jit=off")
            t=time.time(); put.shaped(desk.conn,d,shape_sql(pack,read.form.shape)); print("shaped",wm,time.time()-t)
        for (l,) in desk.conn.execute("explain (analyze, buffers off, costs off) "+shape_sql(pack,read.form.shape)).fetchall(): print("PLAN",l)
